"""`gateway check` warns of values that a message shows and an event may lack."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.config.catalog.presence import absent_step
from gateway.model import Path
from tests.support.builders import CATALOG, config

DOCUMENTS: dict[str, Any] = {
    "thing.json": {
        "type": "object",
        "required": ["id", "label"],
        "properties": {"id": {}, "label": {"type": ["string", "null"]}, "size": {"type": "integer"}},
    },
    "person.json": {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "properties": {"name": {"type": "string"}, "email": {"type": "string"}}},
        ]
    },
}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


@pytest.mark.parametrize(
    ("data", "path", "present", "expected"),
    [
        ({"properties": {"a": {"type": "string"}}}, ("a",), [], ("a",)),
        ({"properties": {"a": {"type": "string"}}}, ("a",), [("a",)], None),
        (schema(a={"type": "string"}), ("a",), [], None),
        (schema(a={"$ref": "thing.json"}), ("a", "id"), [], None),
        (schema(a={"$ref": "thing.json"}), ("a", "label"), [], ("a", "label")),
        (schema(a={"$ref": "thing.json"}), ("a", "size"), [], ("a", "size")),
        (schema(a={"$ref": "thing.json"}), ("a", "size"), [("a", "size")], None),
        ({"properties": {"a": {"$ref": "thing.json"}}}, ("a", "id"), [], ("a",)),
        ({"properties": {"a": {"$ref": "thing.json"}}}, ("a", "id"), [("a", "size")], None),
        (schema(a={"type": "array", "items": {"$ref": "thing.json"}}), ("a", "size"), [("a",)], ("a", "size")),
        (schema(a={"type": "array", "items": {"$ref": "thing.json"}}), ("a", "id"), [("a",)], None),
        (schema(a={"$ref": "person.json"}), ("a", "name"), [], None),
        (schema(a={"$ref": "person.json"}), ("a", "email"), [], ("a", "email")),
        ({"allOf": [schema(a={}), {"properties": {"b": {}}}]}, ("a",), [], None),
        ({"anyOf": [schema(a={}), {"properties": {"a": {}}}]}, ("a",), [], ("a",)),
        ({"anyOf": [schema(a={}), schema(a={})]}, ("a",), [], None),
        ({"type": "object", "additionalProperties": True}, ("a",), [], None),
        ({}, ("event", "subject"), [], None),
    ],
)
def test_the_first_step_that_an_event_may_lack(
    data: dict[str, Any], path: Path, present: list[Path], expected: Path | None
) -> None:
    assert absent_step(data, path, present, DOCUMENTS) == expected


def warnings(body: str) -> list[str]:
    text = CATALOG.replace("{{ ticket.subject | default('no subject') }}", body)
    return [str(warning) for warning in config("{}", text).warnings]


@pytest.mark.parametrize(
    "body",
    [
        "{{ ticket.subject }}",
        "{% if ticket.priority %}{{ ticket.subject }}{% endif %}",
        "{% if not ticket.subject %}{{ ticket.subject }}{% endif %}",
        "{{ ticket.subject | upper }}",
        "{% for x in ticket.subscribers %}{{ x }}{{ ticket.subject }}{% endfor %}",
    ],
)
def test_an_optional_value_that_is_shown_as_it_is_gets_a_warning(body: str) -> None:
    (warning,) = warnings(body)
    assert warning.partition(" ")[2] == (
        "events.ticket.changed.message.body: warning: the message shows 'ticket.subject', which an event may lack"
        " - give it a default, show it only if it exists, or make it required in the data schema"
    )


@pytest.mark.parametrize(
    "body",
    [
        "{{ ticket.id }}",
        "{{ ticket.subject | default('none') }}",
        "{% if ticket.subject %}{{ ticket.subject }}{% endif %}",
        "{% if ticket.subject == 'x' %}{{ ticket.subject }}{% endif %}",
        "{{ ticket.subject if ticket.subject else 'none' }}",
        "{% for x in ticket.subscribers %}{{ x }}{% endfor %}",
    ],
)
def test_a_value_that_is_required_or_guarded_gets_none(body: str) -> None:
    assert warnings(body) == []
