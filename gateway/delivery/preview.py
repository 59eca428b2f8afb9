"""What a notification would look like at a place: written and sent as a delivery, but to a made-up address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.delivery.attempt import send_message
from gateway.model import Audience, Config, Event, Message, Notification, Place, Reason, Recipient, Route, Target
from gateway.paths import MISSING, lookup
from gateway.routing.reasons import reason_of_audience, reason_of_entry
from gateway.sending.recording import RecordingSender, Request, example_address
from gateway.store.records import Lease, encode_event

EXAMPLE_ROUTE = Route("example", Place("routes.yaml"), frozenset(), ())
"""Brings what no route of the configuration names."""


@dataclass(frozen=True, slots=True)
class Preview:
    notification: Notification
    kind: str
    """As `--for` named it."""
    message: Message
    requests: tuple[Request, ...]
    fault: str = ""
    """Why the service would not get it."""


def preview(
    notification: Notification,
    kind: str,
    config: Config,
    sender: RecordingSender,
    now: datetime,
    *,
    data: Mapping[str, Any] | None = None,
    person: str | None = None,
) -> Preview:
    """The message of *notification* for *person*, or for a channel, at *now*; *data* by default as in the example.

    Raises: KeyError for a *kind* that `recording.NAMES` lacks; TemplateFailed.
    """
    event_type = config.catalog.events[notification.event_type]
    data = event_type.example if data is None else data
    event = Event("example", event_type.name, event_type.category, "example", None, now, event_type.severity, data)
    subject = lookup(event, event_type.subject) if event_type.subject else MISSING
    event = replace(event, subject=None if subject is MISSING else str(subject))
    name = f"{person}/{kind}" if person else "example"
    target = Target(name, "", example_address(kind), person)
    route = next((route for route in config.routes if notification.id in route.notifications), EXAMPLE_ROUTE)
    if person and notification.audience is not Audience.ANY:
        text = reason_of_audience(notification.audience, event_type)
    else:
        entry = Recipient("person", person) if person else Recipient("channel", name)
        text = reason_of_entry(entry, route, target)
    reasons = (Reason(notification.id, route.name, text),)
    lease = Lease("dlv-example", "", "", 1, 0, 0, now, name, reasons, "", encode_event(event))
    result = send_message(lease, target, event_type, config, sender, now)
    if sender.message is None:
        raise AssertionError("the sender got no message")
    # What a made-up service answers means nothing; a message that was not even sent has a fault.
    fault = "" if sender.requests else result.detail
    return Preview(notification, kind, sender.message, tuple(sender.requests), fault)
