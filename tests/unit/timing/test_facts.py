"""What events say of a subject, merged by the time of the event, field by field."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from gateway.model import Event, Severity
from gateway.timing.facts import declared_only, facts_of, merge
from gateway.timing.operations import FactScope, Field
from tests.support.builders import NOW
from tests.support.shipped_config import shipped_config

CONFIG = shipped_config()


def facts(type: str, data: dict[str, Any], subject: str = "7") -> dict[FactScope, dict[Field, Any]]:
    event = Event("1", type, "tickets", "psa", subject, NOW, Severity.INFO, data)
    reactions = CONFIG.catalog.reactions[type]
    return {remember.scope: dict(remember.fields) for remember in facts_of(event, reactions, CONFIG.catalog)}


FACTS = [
    (1, ("ticket", "assignee"), {"id": 1, "name": "Ana"}),
    (1, ("ticket", "customer"), {"name": "Keller"}),
    (2, ("ticket", "assignee"), {"id": 2}),
    (3, ("ticket", "subscribers"), ["bob"]),
    (4, ("ticket", "customer"), None),
]


@pytest.mark.parametrize("order", list(permutations(FACTS)))
def test_the_newest_value_of_each_field_counts_in_whatever_order_they_come(order: tuple[Any, ...]) -> None:
    """A person is one field: the name of one is never mixed with the id of another. Null removes."""
    assert merge(order) == {"ticket": {"assignee": {"id": 2}, "subscribers": ["bob"]}}


def test_a_whole_object_that_is_null_is_removed_and_may_come_back() -> None:
    assert merge([(1, ("customer", "name"), "Keller"), (2, ("customer",), None)]) == {}
    assert merge([(2, ("customer",), None), (3, ("customer", "id"), 7)]) == {"customer": {"id": 7}}


def test_what_tells_the_timers_of_a_subject_apart_is_remembered_for_each() -> None:
    sla = {"name": "Gold", "metric": "resolution", "deadline": "2026-12-01T00:00:00Z"}
    shared, *own = facts("sla.deadline_set", {"ticket": {"id": 7, "assignee": "ana"}, "sla": sla}).items()
    assert shared == (FactScope("ticket.id", "7"), {("ticket", "id"): 7, ("ticket", "assignee"): "ana"})
    assert {scope for scope, _ in own} == {
        FactScope(type, "7", ("Gold", "resolution")) for type in ("sla.breached", "sla.breaching_soon")
    }
    assert all(fields == {("sla", key): value for key, value in sla.items()} for _, fields in own)


def test_all_types_with_one_subject_share_what_is_known_of_it() -> None:
    scopes = {*facts("ticket.created", {"ticket": {"id": 7}}), *facts("ticket.assigned", {"ticket": {"id": 7}})}
    assert scopes == {FactScope("ticket.id", "7")}


def test_a_derived_event_has_what_its_type_declares() -> None:
    """A private note of the event that set the timer is none of it."""
    event_type = CONFIG.catalog.events["ticket.due_soon"]
    data = {"ticket": {"id": 7}, "comment": {"kind": "private", "body": "secret"}, "actor": "ana"}
    assert declared_only(data, event_type, CONFIG.catalog) == {"ticket": {"id": 7}}
