"""Audience: people in the event matched with people in the directory."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import Role
from gateway.routing.audience import MAX_SHOWN, named_people, normalize
from tests.support.builders import event
from tests.support.world import world

ROUTES = "routes: [{name: all, notify: [ticket.changed.any], to: [ana]}]"


def named(assignee: Any, role: Role = Role.MINE, **changes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(known, unknown) people of *role* when the ticket has *assignee* (or *subscribers*)."""
    config = world(ROUTES)
    field = "assignee" if role is Role.MINE else "subscribers"
    one = event({"ticket": {field: assignee}}, **changes)
    found = named_people(one, config.catalog.events[one.type], role, config)
    return found.known, tuple(found.unknown)


@pytest.mark.parametrize(
    "value",
    [
        "ana@work.example",
        " ANA@Work.Example ",
        "ana",
        "ana@example.com",  # her e-mail contact
        "psa:1834",
        "1834",
        1834,
        {"id": 1834},
        {"id": "1834", "name": "somebody else"},
        {"email": "nobody@example.com", "id": 1834},
        {"name": "Ana"},
        ["ana"],
    ],
)
def test_a_person_is_known_by_any_identity(value: Any) -> None:
    assert named(value) == (("ana",), ())


def test_an_id_means_something_only_at_its_source() -> None:
    assert named({"id": 1834}, source="crm") == ((), ("1834",))


@pytest.mark.parametrize("value", [None, "", "  ", [], {}, {"email": None, "name": " "}, True, {"id": True}, 1.5, [[]]])
def test_what_names_nobody_is_nobody(value: Any) -> None:
    assert named(value) == ((), ())


@pytest.mark.parametrize("name", ["Ana Lopez", "lopez"])
def test_a_full_name_is_no_identity(name: str) -> None:
    """Two people may bear it."""
    assert named({"name": name}) == ((), (name,))


def test_people_are_named_once_in_the_order_of_the_event() -> None:
    people = ["bob@example.com", "zoe@example.com", {"id": 1834}, "bob", "ana@example.com", "zoe@example.com"]
    assert named(people, Role.SUBSCRIBED) == (("bob", "ana"), ("zoe@example.com",))


def test_somebody_unknown_is_shown_briefly_and_printably() -> None:
    _, (shown,) = named("\x1b[31m" + "z\u202e\n" * 1000)
    assert len(shown) <= MAX_SHOWN
    assert shown.isprintable()


def test_identities_are_compared_without_case_and_outer_space() -> None:
    assert normalize("  STRASSE@Example.com\n") == normalize("stra\u00dfe@example.COM") == "strasse@example.com"
