"""Previews a notification at a place: it is rendered and sent like a delivery, but to a fictitious address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds
from gateway.conditions.example import example_of, fit_to_condition
from gateway.delivery.attempt import send_message
from gateway.model import (
    Audience,
    Config,
    Event,
    EventType,
    Message,
    Notification,
    Person,
    Place,
    Reason,
    Recipient,
    Route,
    Target,
    Timer,
    is_builtin,
)
from gateway.paths import MISSING, lookup, read_data
from gateway.routing.recipients import reason_of_audience, reason_of_entry
from gateway.sending.recording import NAMES, RecordingSender, Request, example_address
from gateway.sending.traits import names_of
from gateway.store.alarms import severity_of_trouble
from gateway.store.records import Lease, encode_event

EXAMPLE_ROUTE = Route("example", Place("routes.yaml"), frozenset(), ())
"""The route of a notification that no route of the configuration names."""


@dataclass(frozen=True, slots=True)
class Preview:
    notification: Notification
    kind: str
    """The kind as given to `--for`."""
    message: Message
    requests: tuple[Request, ...]
    fault: str = ""
    """Why the message cannot be sent to the service."""
    why_not: str = ""
    """Why the notification would not apply to this event: the part of its `when` that the data do not meet."""
    has_contact: bool = True
    """Whether the person has a contact of this kind."""


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
    """The message of *notification* for *person*, or for a channel, at *now*.

    *data* defaults to the example, changed to meet the notification's condition. The place is the person's own contact
    of that *kind*, as far as it decides what the person reads; its address is fictitious.

    Raises: KeyError for a *kind* that `recording.NAMES` lacks; TemplateFailed.
    """
    event_type = config.catalog.events[notification.event_type]
    event, why_not = _event_of(notification, event_type, data, now, ZoneInfo(config.timezone))
    contact = _contact(config.people[person], kind) if person else None
    name = contact.name if contact else f"{person}/{kind}" if person else "example"
    target = replace(
        contact or Target(name, "", example_address(kind), person), address=example_address(kind), parts=()
    )
    route = next((route for route in config.routes if notification.id in route.notifications), EXAMPLE_ROUTE)
    if person and notification.audience is not Audience.ANY:
        text = reason_of_audience(notification.audience, event_type, config.words_of(target))
    else:
        entry = Recipient("person", person) if person else Recipient("channel", name)
        text = reason_of_entry(entry, route, target, config.words_of(target))
    reasons = (Reason(notification.id, route.name, text),)
    lease = Lease("dlv-example", "", "", 1, 0, 0, now, name, reasons, "", encode_event(event))
    result = send_message(lease, target, event_type, config, sender, now)
    if sender.message is None:
        raise AssertionError("the sender got no message")
    # The answer of a fictitious service means nothing; only a message that was not sent at all has a fault.
    fault = "" if sender.requests else result.detail
    has_contact = person is None or contact is not None
    return Preview(notification, kind, sender.message, tuple(sender.requests), fault, why_not, has_contact)


def _event_of(
    notification: Notification, event_type: EventType, data: Mapping[str, Any] | None, now: datetime, zone: ZoneInfo
) -> tuple[Event, str]:
    """The event that the message is about; and why the notification would not apply to it, or ""."""
    example = example_of(event_type, notification)
    event = Event("example", event_type.name, event_type.category, "example", None, now, event_type.severity, {})
    event = replace(event, data=example if data is None else data, customer=event_type.customer)
    applies, why_not = holds(notification.when, event, zone)
    if not applies and data is None:
        event = replace(event, data=fit_to_condition(example, notification.when))
        applies, why_not = holds(notification.when, event, zone)
    if is_builtin(event_type.name):
        event = replace(event, severity=severity_of_trouble(event.data, event_type.severity))
    subject = lookup(event, event_type.subject) if event_type.subject else MISSING
    event = replace(event, subject=None if subject is MISSING else str(subject))
    return event, "" if applies else why_not


def example_moment(notification: Notification, config: Config) -> datetime | None:
    """The moment at which the example reads as *notification* does when it is sent; None: no moment is known.

    A notification of another lead of a timer is sent as many days earlier or later.
    """
    event_type = config.catalog.events[notification.event_type]
    moment, timing = event_type.example_at, event_type.timing
    if moment is None or not isinstance(timing, Timer) or timing.lead_into is None:
        return moment
    lead = read_data(event_type.example, timing.lead_into)
    wanted = read_data(fit_to_condition(example_of(event_type, notification), notification.when), timing.lead_into)
    if not isinstance(lead, int) or not isinstance(wanted, int):
        return moment
    return (moment.astimezone(ZoneInfo(config.timezone)) + timedelta(days=lead - wanted)).astimezone(UTC)


def _contact(person: Person, kind: str) -> Target | None:
    """The person's first contact that `--for` *kind* may refer to."""
    wanted = {kind, *names_of(NAMES[kind])}
    contacts = person.contacts.items()
    return next((contact for name, contact in contacts if {name, contact.address.kind} & wanted), None)
