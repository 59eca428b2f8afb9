"""Nothing that is for staff only reaches a target that people outside see."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from gateway.messages import templates
from gateway.messages.layout import as_markdown
from gateway.messages.visibility import visible_to
from gateway.model import Address, Event, EventType, StaffField, Target
from tests.support.builders import event
from tests.support.shipped_config import shipped_config

CATALOG = shipped_config().catalog
TYPES = [event_type for event_type in CATALOG.events.values() if event_type.staff_fields]
INSIDE = Target("noc", "channel/noc", Address("log"))
OUTSIDE = replace(INSIDE, is_outside=True)
CANARY = "CANARY-FOR-STAFF"
PRIVATE = {"kind": "private", "body": CANARY, "subject": CANARY, "mentions": [CANARY]}


def planted(event_type: EventType) -> Event:
    """The example of *event_type* with a canary in every field that is for staff only."""
    data = copy.deepcopy(dict(event_type.example))
    for field in event_type.staff_fields:
        _plant(data, field)
    return event(data, type=event_type.name, category=event_type.category)


def _plant(value: Any, field: StaffField) -> None:
    for step in field.path[:-1]:
        value = value.setdefault(step, {})
        value = value[0] if isinstance(value, list) else value
    value[field.path[-1]] = PRIVATE if field.outside_if else CANARY


def shown(event_type: EventType, target: Target) -> str:
    event = visible_to(target, event_type, planted(event_type))
    message = templates.render(event_type.message, event, [])
    return f"{message.title}\n{as_markdown(message)}\n{message.short}\n{event.data}"


@pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.name)
def test_what_is_for_staff_only_is_absent_for_people_outside(event_type: EventType) -> None:
    assert CANARY in shown(event_type, INSIDE)
    assert CANARY not in shown(event_type, OUTSIDE)


def test_every_type_that_carries_a_comment_hides_a_private_one() -> None:
    carriers = {name for name, event_type in CATALOG.events.items() if "comment" in event_type.example}
    assert {"ticket.created", "ticket.comment_added"} <= carriers
    assert carriers <= {event_type.name for event_type in TYPES}


@pytest.mark.parametrize("kind", ["private", "hidden", "", None, 1])
def test_a_comment_of_no_known_kind_is_hidden(kind: Any) -> None:
    event_type = CATALOG.events["ticket.created"]
    data = {**event_type.example, "comment": {"kind": kind, "body": CANARY}}
    assert CANARY not in str(visible_to(OUTSIDE, event_type, event(data, type="ticket.created")).data)


@pytest.mark.parametrize("kind", ["public", "email", "sms"])
def test_a_comment_for_the_customer_is_shown(kind: str) -> None:
    event_type = CATALOG.events["ticket.created"]
    data = {**event_type.example, "comment": {"kind": kind, "body": CANARY}}
    visible = visible_to(OUTSIDE, event_type, event(data, type="ticket.created"))
    assert CANARY in templates.render(event_type.message, visible, []).body


def test_an_event_without_hidden_fields_is_the_same_object() -> None:
    event_type = CATALOG.events["ticket.created"]
    plain = event({"ticket": {"id": 1}}, type="ticket.created")
    assert visible_to(OUTSIDE, event_type, plain) is plain
    assert visible_to(INSIDE, event_type, planted(event_type)).data == planted(event_type).data
