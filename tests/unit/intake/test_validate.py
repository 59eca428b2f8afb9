"""The fast and the explaining validator: one verdict, and words for each place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from gateway.intake.validate import EventSchemas, shown_pointer
from gateway.model import Config
from gateway.validation.validator import Validator
from tests.support.builders import config

CATALOG = """
version: 1
categories: {tickets: {title: Tickets}}
events:
  ticket.changed:
    category: tickets
    title: Ticket changed
    data:
      type: object
      required: [ticket]
      additionalProperties: false
      properties:
        ticket:
          type: object
          required: [id, number]
          properties:
            id: {anyOf: [{type: integer}, {type: string, minLength: 1}]}
            number: {type: integer, minimum: 1}
            priority: {enum: [low, high]}
            tags: {type: array, items: {type: string, pattern: "^[a-z]+$"}, uniqueItems: true}
            owner: {$ref: "data/common.schema.json#/$defs/person"}
    message: {title: "{{ ticket.id }}", body: "{{ ticket.number }}"}
    example: {ticket: {id: 1, number: 7}}
    notifications: {any: {title: A ticket changed}}
"""
TYPE = "ticket.changed"


@pytest.fixture(scope="module")
def schemas() -> EventSchemas:
    return EventSchemas(config("channels: {}", CATALOG))


def posted(data: Any, **changes: Any) -> dict[str, Any]:
    return {"type": TYPE, "data": data, **changes}


def told(schemas: EventSchemas, data: Any, **changes: Any) -> list[tuple[str, str]]:
    return [(one["pointer"], one["code"]) for one in schemas.errors(posted(data, **changes), TYPE)]


def test_a_valid_event_has_no_errors(schemas: EventSchemas) -> None:
    assert told(schemas, {"ticket": {"id": 1, "number": 7, "owner": "ana@example.com"}}) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"ticket": {"id": 1}}, [("/data/ticket/number", "required")]),
        ({"ticket": {}}, [("/data/ticket/id", "required"), ("/data/ticket/number", "required")]),
        ({"ticket": {"id": 1, "number": 0}}, [("/data/ticket/number", "minimum")]),
        ({"ticket": {"id": 1, "number": "7"}}, [("/data/ticket/number", "type")]),
        ({"ticket": {"id": True, "number": 7}}, [("/data/ticket/id", "anyOf")]),
        ({"ticket": {"id": "", "number": 7}}, [("/data/ticket/id", "minLength")]),
        ({"ticket": {"id": 1, "number": 7, "tags": ["a", "B"]}}, [("/data/ticket/tags/1", "pattern")]),
        ({"ticket": {"id": 1, "number": 7, "priority": "hihg"}}, [("/data/ticket/priority", "enum")]),
        ({"tikcet": {}}, [("/data/ticket", "required"), ("/data/tikcet", "additionalProperties")]),
        ([], [("/data", "type")]),
    ],
)
def test_each_error_points_to_its_place_in_the_posted_body(
    schemas: EventSchemas, data: Any, expected: list[tuple[str, str]]
) -> None:
    assert sorted(told(schemas, data)) == sorted(expected)


def test_errors_of_the_envelope_and_of_the_data_come_together(schemas: EventSchemas) -> None:
    assert told(schemas, {"ticket": {"id": 1}}, severity="bad", Foo=1) == [
        ("/Foo", "propertyNames"),
        ("/data/ticket/number", "required"),
        ("/severity", "enum"),
    ]


def test_a_field_may_have_the_name_of_a_keyword() -> None:
    """A schema that has such a field says nothing about names, and no value may get into a pointer."""
    named = CATALOG.replace("priority: {enum: [low, high]}", "propertyNames: {type: integer}")
    schemas = EventSchemas(config("{}", named))
    wrong = {"ticket": {"id": 1, "number": 7, "propertyNames": "secret"}}
    assert told(schemas, wrong) == [("/data/ticket/propertyNames", "type")]


def test_a_slip_is_told_with_the_nearest_name(schemas: EventSchemas) -> None:
    wrong = {"ticket": {"id": 1, "number": 7, "priority": "hihg"}, "tickets": 1}
    hints = {one["pointer"]: one.get("hint") for one in schemas.errors(posted(wrong), TYPE)}
    assert hints == {"/data/ticket/priority": "did you mean 'high'?", "/data/tickets": "did you mean 'ticket'?"}


def test_what_was_posted_is_never_repeated(schemas: EventSchemas) -> None:
    data = {"ticket": {"id": ["canary"], "number": "canary", "priority": "canary", "tags": ["canary", "CANARY"] * 2}}
    errors = schemas.errors(posted(data, severity="canary"), TYPE)
    assert len(errors) == 7
    assert "canary" not in str(errors).lower()


def test_at_most_twenty_errors_are_told(schemas: EventSchemas) -> None:
    data = {"ticket": {"id": 1, "number": 7}, **{f"extra{number}": 1 for number in range(900)}}
    assert len(schemas.errors(posted(data), TYPE)) == 20
    data = {"ticket": {"id": 1, "number": 7, "tags": [f"T{number}" for number in range(900)]}}
    assert len(schemas.errors(posted(data), TYPE)) == 20


def test_a_pattern_means_the_same_to_both_validators(schemas: EventSchemas) -> None:
    """Python's own `$` matches before a last line feed, that of jsonschema-rs does not."""
    errors = schemas.errors(posted({"ticket": {"id": 1, "number": 7, "tags": ["a\n"]}}), TYPE)
    assert [one["pointer"] for one in errors] == ["/data/ticket/tags/0"]


def test_a_pointer_is_escaped_printable_and_short() -> None:
    assert shown_pointer(["a/b", "m~n", 0, ""]) == "/a~1b/m~0n/0/"
    assert shown_pointer(["a\x00\u202eb"]) == "/a??b"
    assert len(shown_pointer(["x" * 10_000])) == 200


# ------------------------------------------------------------------ one verdict


def mutations(value: Any) -> Iterator[Any]:
    """*value* with one thing changed: a value of another kind, a key less, a key more, at every place."""
    others: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**30, "", "x", [], {})
    for other in others:
        if other != value:
            yield other
    if isinstance(value, dict):
        yield {**value, "unknown_key": 1}
        for key, one in value.items():
            yield {name: other for name, other in value.items() if name != key}
            for changed in mutations(one):
                yield {**value, key: changed}
    elif isinstance(value, list):
        yield [*value, *value]
        for number, one in enumerate(value):
            for changed in mutations(one):
                yield [*value[:number], changed, *value[number + 1 :]]


def verdicts(validator: Validator, document: Any) -> tuple[bool, bool]:
    return validator.is_valid(document), next(iter(validator._slow.iter_errors(document)), None) is None


def test_both_validators_give_every_example_and_its_mutations_the_same_verdict(shipped: Config) -> None:
    schemas = EventSchemas(shipped)
    for number, (name, event_type) in enumerate(shipped.catalog.events.items()):
        validator = schemas._validator(name)
        document = {"type": name, "data": event_type.example}
        assert verdicts(validator, document) == (True, True)
        # Many types share the schema of a ticket: each type has other mutations of it.
        for changed in islice(mutations(document), number % 4, None, 4):
            fast, slow = verdicts(validator, changed)
            assert fast == slow, changed


def test_a_missing_key_comes_with_the_key_that_may_be_its_misspelling(schemas: EventSchemas) -> None:
    (error,) = schemas.errors(posted({"ticket": {"id": 1, "numbr": 7}}), TYPE)
    assert error == {
        "pointer": "/data/ticket/number",
        "code": "required",
        "detail": "this key is missing",
        "hint": "is 'numbr' a misspelling of it?",
    }
