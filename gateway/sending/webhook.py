"""Webhooks for programs: the event itself in the body, and the headers of Standard Webhooks.

The specification (github.com/standard-webhooks/standard-webhooks) has three headers: an id by which a receiver drops
duplicates, the time of the attempt, and signatures over both and the body.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.encoding import canonical
from gateway.errors import InvalidAddress
from gateway.messages.layout import as_text, markdown_to_text
from gateway.model import Address, Event, Message, Reason, Secret
from gateway.sending.traits import traits_of

EVENT_FORMAT = "event"
"""The `format` of an address whose webhook carries the event; other webhooks carry a message written for people."""
FORMAT, SIGNING_SECRET = "format", "signing_secret"
SECRET_PREFIX = "whsec_"  # noqa: S105 - as every signing secret begins
SECRET_BYTES = range(24, 65)
"""The sizes of a signing secret that the specification allows."""


@dataclass(frozen=True, slots=True)
class EventContent:
    """The content of a delivery for a program: the event as its target may see it, and why the target gets it."""

    event: Event
    reasons: tuple[Reason, ...]


EventSource = Callable[[], EventContent]
"""Returns the event of a delivery; called only for an address that wants it."""


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """The options of a webhook's address that Apprise does not know."""

    carries_event: bool = False
    keys: tuple[bytes, ...] = ()
    """Each key signs every request; there are two while a receiver changes from one to the other."""


def webhook_fields(service: str, fields: Mapping[str, Any]) -> frozenset[str]:
    """The gateway's own webhook options in *fields*. Raises: InvalidAddress."""
    traits = traits_of(service)
    is_event = str(fields.get(FORMAT, "")).casefold() == EVENT_FORMAT
    if is_event and not traits.can_carry_event:
        raise InvalidAddress("the format 'event' needs the service 'json' or 'jsons'")
    own_options = {FORMAT} if is_event else set()
    return frozenset(fields.keys() & (own_options | {SIGNING_SECRET} if traits.is_webhook else own_options))


def webhook_options(address: Address) -> WebhookOptions:
    """The webhook options of *address*. Raises: InvalidAddress."""
    if address.url:
        query = parse_qs(urlsplit(address.url.reveal()).query)
        format, secrets = query.get(FORMAT, [""])[-1], tuple(query.get(SIGNING_SECRET, ()))
    else:
        format = str(address.fields.get(FORMAT, ""))
        value = address.fields.get(SIGNING_SECRET, ())
        items = value if isinstance(value, tuple) else (value,)
        secrets = tuple(item.reveal() if isinstance(item, Secret) else str(item) for item in items)
    keys = []
    for secret in secrets:
        key = b""
        with suppress(binascii.Error):
            key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        if not secret.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
            raise InvalidAddress(f"the signing secret is not {SECRET_PREFIX} and 24 to 64 bytes in base64")
        keys.append(key)
    return WebhookOptions(format.casefold() == EVENT_FORMAT, tuple(keys))


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What is added to the requests of one attempt, besides what Apprise writes."""

    delivery_id: str
    keys: tuple[bytes, ...] = ()
    body: bytes | None = None
    """Replaces Apprise's body."""

    def headers(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """The headers for a request with *body* at *now*."""
        timestamp = str(int(now.timestamp()))
        headers = {"webhook-id": self.delivery_id, "webhook-timestamp": timestamp}
        if self.keys:
            content = f"{self.delivery_id}.{timestamp}.".encode() + body
            digests = (b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in self.keys)
            headers["webhook-signature"] = " ".join(f"v1,{digest}" for digest in digests)
        return headers


def event_body(content: EventContent, message: Message, target: str, delivery_id: str) -> bytes:
    """The JSON described by `schemas/webhook.schema.json`."""
    event = content.event
    document: dict[str, Any] = {
        "type": event.type,
        "id": event.id,
        "source": event.source,
        "category": event.category,
        "subject": event.subject,
        "severity": event.severity,
        "time": event.time.isoformat(),
        "data": event.data,
        "reasons": [
            {"notification": reason.notification, "route": reason.route, "text": reason.text}
            for reason in content.reasons
        ],
        "delivery": {"id": delivery_id, "target": target},
        "message": {
            "title": message.title,
            "text": as_text(message),
            "short": message.short,
            "facts": [{"label": fact.label, "value": markdown_to_text(fact.value)} for fact in message.facts],
            "link": {"label": message.link.label, "url": message.link.url} if message.link else None,
            "customer": message.customer,
        },
    }
    return canonical(document, sort=False)
