"""Audience: people in the event matched with people in the directory."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import Role
from gateway.routing.audience import MAX_SHOWN, named_people, normalize
from gateway.routing.plan import plan
from tests.support.builders import config as build
from tests.support.builders import event
from tests.support.world import PEOPLE, world

ROUTES = "routes: [{name: all, notify: [ticket.changed.any], to: [ana]}]"


def named(assignee: Any, role: Role = Role.MINE, **changes: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(known, unknown) people of *role* when the ticket has *assignee* (or *subscribers*)."""
    config = world(ROUTES)
    field = "assignee" if role is Role.MINE else "subscribers"
    one = event({"ticket": {field: assignee}}, **changes)
    found = named_people(one, config.catalog.events[one.type], role, config)
    return found.known, tuple(found.strangers)


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


@pytest.mark.parametrize(
    "value", ["Ana Lopez", " ana  lopez ", "@Ana Lopez", {"name": "ANA LOPEZ"}, {"id": 99, "name": "Ana\u00a0Lopez"}]
)
def test_a_full_name_that_one_person_bears_is_an_identity(value: Any) -> None:
    assert named(value) == (("ana",), ())


def test_of_a_full_name_that_two_people_share_nobody_is_meant_and_a_finding_says_why() -> None:
    people = PEOPLE.replace("  dot: {", "  ana2: {name: ana lopez, contacts: {email: ana2@example.com}}\n  dot: {")
    config = build({"people.yaml": people, "routes.yaml": ROUTES.replace(".any", ".mine")})
    for assignee in ("Ana Lopez", {"name": "Ana Lopez"}):
        findings = plan(event({"ticket": {"assignee": assignee}, "actor": "dot"}), config).findings
        whys = {finding.name: finding.why for finding in findings if finding.kind == "person"}
        assert whys == {"Ana Lopez": "ana and ana2 have this name, so it identifies nobody"}
    made = plan(event({"ticket": {"assignee": {"id": 1834, "name": "Ana Lopez"}}}), config)
    assert [delivery.target for delivery in made.deliveries] == ["ana/email"]


def test_an_identity_goes_before_a_full_name() -> None:
    people = PEOPLE.replace("  bob:\n", "  bob:\n    name: Ana\n")
    config = build({"people.yaml": people, "routes.yaml": ROUTES})
    event_type = config.catalog.events["ticket.changed"]
    found = named_people(event({"ticket": {"assignee": "ana"}}), event_type, Role.MINE, config)
    assert found.known == ("ana",)


@pytest.mark.parametrize("value", [1834, 1834.0, "1834", "@1834", {"id": 1834.0}, [None, 1834, None]])
def test_a_number_is_an_identity(value: Any) -> None:
    assert named(value) == (("ana",), ())


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert normalize("Zoe\u0301 MU\u0308LLER") == normalize("zo\u00e9 m\u00fcller")


def test_people_are_named_once_in_the_order_of_the_event() -> None:
    people = ["bob@example.com", "zoe@example.com", {"id": 1834}, "bob", "ana@example.com", "zoe@example.com"]
    assert named(people, Role.SUBSCRIBED) == (("bob", "ana"), ("zoe@example.com",))


def test_somebody_unknown_is_shown_briefly_and_printably() -> None:
    _, (shown,) = named("\x1b[31m" + "z\u202e\n" * 1000)
    assert len(shown) <= MAX_SHOWN
    assert shown.isprintable()


def test_identities_are_compared_without_case_and_outer_space() -> None:
    assert normalize("  STRASSE@Example.com\n") == normalize("stra\u00dfe@example.COM") == "strasse@example.com"
