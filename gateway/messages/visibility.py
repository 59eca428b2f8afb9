"""Which part of an event a target may see. Messages, and webhooks for programs, ask these functions."""

from __future__ import annotations

from dataclasses import replace

from gateway.model import Event, EventType, StaffField, Target
from gateway.visibility import for_outside


def visible_to(target: Target, event_type: EventType, event: Event) -> Event:
    """*event*, of *event_type*, without its staff-only fields if people outside see *target*."""
    return without(event, hidden_from(target, event_type))


def hidden_from(target: Target, event_type: EventType) -> tuple[StaffField, ...]:
    """The fields that no message to *target* may show."""
    return event_type.staff_fields if target.is_outside else ()


def without(event: Event, hidden: tuple[StaffField, ...]) -> Event:
    """*event* as if the values of *hidden* were absent; the same object if it has none of them."""
    data = for_outside(event.data, hidden)
    return event if data is event.data else replace(event, data=data)
