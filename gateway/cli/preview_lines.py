"""A preview in the terminal: the message for the eye, and what goes over the wire."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import click

from gateway.cli.table import COLOURS, clean_text
from gateway.messages.layout import markdown_to_text
from gateway.messages.measure import describe_sms

if TYPE_CHECKING:
    from gateway.delivery.preview import Preview
    from gateway.model import Config, Message
    from gateway.sending.recording import Request

HEADERS_OF_MAIL = ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id", "Importance")


def terminal_lines(preview: Preview) -> Iterator[str]:
    """The message as a reader sees it, and the requests that would be sent."""
    yield from message_lines(preview.message)
    for request in preview.requests:
        yield ""
        yield from (clean_text(line) for line in request_lines(request))
    if preview.fault:
        yield click.style(f"\nThe message cannot be sent to the service: {clean_text(preview.fault)}", fg="red")


def person_lines(config: Config, name: str, preview: Preview) -> Iterator[str]:
    """The language and contacts of the person *name*, and whether this preview's kind is among the contacts."""
    person = config.people[name]
    somewhere = next(iter(person.contacts.values()), None)
    zone = (config.zone_of(somewhere) if somewhere else person.timezone) or config.timezone
    locale = config.locale_of(somewhere) if somewhere else person.locale or person.language or config.locale
    contacts = ", ".join(
        f"{kind} ({len(contact.receivers)} addresses)" if len(contact.receivers) > 1 else kind
        for kind, contact in person.contacts.items()
    )
    yield click.style(
        f"{name}: language {person.language or 'of the catalogue'}, locale {locale}, timezone {zone}; "
        f"contacts: {contacts or 'none'}",
        dim=True,
    )
    if not preview.has_contact:
        yield click.style(
            f"{name} has no contact of kind {preview.kind}; a message there would read like this:", fg="yellow"
        )
    yield ""


def message_lines(message: Message) -> Iterator[str]:
    severity = click.style(f" {message.severity.upper()} ", fg="black", bg=COLOURS[message.severity])
    yield f"{severity} {click.style(clean_text(message.title), bold=True)}"
    if message.body:
        yield from ("", *(clean_text(line) for line in markdown_to_text(message.body).splitlines()))
    if message.facts:
        yield ""
    width = max((len(fact.label) for fact in message.facts), default=0)
    for fact in message.facts:
        label = click.style(clean_text(fact.label).ljust(width), dim=True)
        yield f"{label}  {clean_text(markdown_to_text(fact.value))}"
    if message.link:
        yield f"\n[ {clean_text(message.link.label)} ]  {click.style(message.link.url, underline=True)}"
    if message.reasons:
        yield click.style("\n" + clean_text(" \u00b7 ".join(message.reasons)), dim=True)


def request_lines(request: Request) -> Iterator[str]:
    if not request.url:
        mail = email.message_from_bytes(request.body, policy=email.policy.default)
        yield from (f"{name}: {mail[name]}" for name in HEADERS_OF_MAIL if mail[name])
        for part in filter(None, (mail.get_body((kind,)) for kind in ("plain", "html"))):
            content = str(part.get_content())
            yield f"\n--- {part.get_content_type()}, {len(content):,} characters"
            yield from content.splitlines() if part.get_content_subtype() == "plain" else ()
        return
    yield f"{request.method} {request.url}"
    text = request.body.decode("utf-8", "replace")
    content_type = {name.lower(): value for name, value in request.headers.items()}.get("content-type", "")
    if "form" in content_type:
        fields = dict(parse_qsl(text))
        yield from (f"{name}: {value}" for name, value in fields.items())
        if "Body" in fields:
            yield describe_sms(fields["Body"])
        return
    try:
        yield from json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        yield from text.splitlines()
