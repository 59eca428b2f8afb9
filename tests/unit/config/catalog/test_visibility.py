"""`x-visibility` in data schemas: which fields it hides, and that no message outside shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from gateway.config.catalog.visibility import staff_marks
from gateway.errors import ConfigInvalid
from gateway.model import StaffField
from tests.support import timed_catalogue
from tests.support.builders import CATALOG, config
from tests.support.shipped_config import shipped_config

PUBLIC = {"outside_if": {"kind": ["public", "email", "sms"]}}
ALLOWED = (("kind", ("public", "email", "sms")),)


def test_every_shipped_type_that_can_carry_a_hidden_comment_hides_it() -> None:
    events = shipped_config().catalog.events.values()
    with_comment = {
        event.name for event in events if "comment" in event.example or "comment.schema" in str(event.schema)
    }
    assert with_comment >= {"ticket.created", "ticket.comment_added"}
    for event in events:
        if event.name in with_comment:
            assert event.staff_fields == (StaffField(("comment",), ALLOWED),), event.name


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"note": {"x-visibility": "staff"}}}, [StaffField(("note",))]),
        ({"properties": {"note": {"$ref": "note.json"}}}, [StaffField(("note",), ALLOWED)]),
        (
            {"properties": {"notes": {"type": "array", "items": {"$ref": "note.json"}}}},
            [StaffField(("notes",), ALLOWED)],
        ),
        (
            {"properties": {"lines": {"items": {"properties": {"cost": {"x-visibility": "staff"}}}}}},
            [StaffField(("lines", "cost"))],
        ),
        ({"anyOf": [{"properties": {"note": {"x-visibility": "staff"}}}]}, [StaffField(("note",))]),
        ({"properties": {"note": {"$ref": "note.json", "x-visibility": "staff"}}}, [StaffField(("note",))]),
        ({"properties": {"note": {"type": "string"}}}, []),
    ],
)
def test_marks_are_found_through_references_lists_and_alternatives(schema: Any, expected: list[StaffField]) -> None:
    documents = {"note.json": {"type": "object", "x-visibility": PUBLIC}}
    assert list(staff_marks(schema, documents).fields) == expected


def test_a_schema_without_an_end_of_staff_only_fields_is_a_problem() -> None:
    reply = "{type: object, properties: {note: {x-visibility: staff}, reply: {$ref: '#/properties/ticket'}}}"
    with pytest.raises(ConfigInvalid) as caught:
        config(
            "{}", CATALOG.replace("subject: {type: string}", f"subject: {{type: string}}\n            reply: {reply}")
        )
    assert [problem.path for problem in caught.value.problems] == ["events.ticket.changed.data"]


def problems(change: tuple[str, str], annotation: str) -> list[str]:
    text = CATALOG.replace("subject: {type: string}", f"subject: {{type: string, x-visibility: {annotation}}}")
    with pytest.raises(ConfigInvalid) as caught:
        config("{}", text.replace(*change))
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    "annotation", ["public", "[staff]", "{outside_if: {}}", "{outside_if: {kind: []}}", "{kind: x}", "null"]
)
def test_a_mark_that_means_nothing_is_a_problem(annotation: str) -> None:
    (said,) = problems(("", ""), annotation)
    assert said.startswith("events.ticket.changed.data.properties.ticket.properties.subject.x-visibility: expected")


def test_a_message_that_shows_a_staff_only_value_by_another_way_is_a_problem() -> None:
    change = ("subject: ticket.id\n", "subject: ticket.subject\n")
    text = CATALOG.replace("subject: {type: string}", "subject: {type: string, x-visibility: staff}").replace(*change)
    text = text.replace('title: "Ticket {{ ticket.id }}"', 'title: "Ticket {{ event.subject }}"')
    with pytest.raises(ConfigInvalid) as caught:
        config("{}", text)
    assert [problem.path for problem in caught.value.problems] == ["events.ticket.changed.message.title"]


def test_a_message_without_another_way_has_no_problem() -> None:
    text = CATALOG.replace("subject: {type: string}", "subject: {type: string, x-visibility: staff}")
    assert config("{}", text).catalog.events["ticket.changed"].staff_fields == (StaffField(("ticket", "subject")),)


def test_what_is_derived_from_a_derived_event_keeps_for_staff_what_the_first_one_does() -> None:
    document = yaml.safe_load(timed_catalogue.catalog())
    events = document["events"]
    credits = {"type": "object", "properties": {"cost": {"type": "number", "x-visibility": "staff"}}}
    credits["properties"] |= events["credits.changed"]["data"]["properties"]["credits"]["properties"]
    events["credits.changed"]["data"] = {"type": "object", "properties": {"credits": credits}}
    last = {**events["credits.low"], "threshold": {"from": "credits.low", "value": "credits.remaining", "at_most": 1}}
    # Before the type that it is derived from: the order of the file does not matter.
    document["events"] = {"credits.last": last, **events}
    catalog = config(timed_catalogue.ROUTES, json.dumps(document)).catalog
    assert catalog.events["credits.last"].staff_fields == (StaffField(("credits", "cost")),)


@pytest.mark.parametrize(
    ("fact", "key", "type", "path"),
    [
        ("ticket.due_set", "ticket", "ticket.due_soon", ("ticket", "cost")),
        ("ticket.assigned", "ticket", "ticket.due_soon", ("ticket", "cost")),
        ("credits.changed", "credits", "credits.low", ("credits", "cost")),
        ("alert.created", "alert", "alert.stale", ("alerts", "cost")),
        ("invoice.updated", "invoice", "invoice.created", ("invoice", "cost")),
    ],
)
def test_what_takes_its_data_from_another_type_keeps_for_staff_what_that_does(
    fact: str, key: str, type: str, path: tuple[str, ...]
) -> None:
    """The event that a fact leads to has the fact's data, and a schema of its own that need not know the field."""
    document = yaml.safe_load(timed_catalogue.catalog())
    events = document["events"]
    events["invoice.updated"] = {**events["invoice.voided"]}
    events["invoice.created"]["notifications"]["any"]["update_on"] = "invoice.updated"
    data = events[fact]["data"] = json.loads(json.dumps(events[fact]["data"]))
    data["properties"][key]["properties"]["cost"] = {"type": "number", "x-visibility": "staff"}
    found = config(timed_catalogue.ROUTES, json.dumps(document)).catalog.events
    assert [field.path for field in found[type].staff_fields] == [path]
