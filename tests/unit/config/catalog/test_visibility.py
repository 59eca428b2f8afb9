"""`x-visibility` in data schemas: which fields it hides, and that no message outside shows them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.config.catalog.visibility import staff_marks
from gateway.errors import ConfigInvalid
from gateway.model import StaffField
from tests.support.builders import CATALOG, config

PUBLIC = {"outside_if": {"kind": ["public", "email", "sms"]}}
ALLOWED = (("kind", ("public", "email", "sms")),)


def test_every_shipped_type_that_can_carry_a_hidden_comment_hides_it() -> None:
    from gateway.config.files import shipped_folder
    from gateway.config.load import load

    events = load(shipped_folder(), {}).catalog.events.values()
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
