"""Validates a posted event, envelope and data in one pass, and explains what is wrong.

An error never repeats a posted value: it says where the value is and what is expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from operator import attrgetter
from typing import Any

from gateway.errors import MAX_ERRORS
from gateway.model import Config
from gateway.paths import json_pointer, without_nulls
from gateway.per_config import PerConfig
from gateway.suggestions import did_you_mean
from gateway.validation.defects import Defect, defects, expectation
from gateway.validation.validator import Schemas, Validator, with_uri

ENVELOPE = "event.schema.json"
MAX_POINTER = 200
"""How many characters of a JSON Pointer are shown, and of what a pattern or a list of values adds to a message."""
MAX_COMPARED = 64
"""How many characters of a posted key or value are compared for "did you mean"."""
UNEXPLAINED = {"pointer": "", "code": "schema", "detail": "does not fit the schema"}


class EventSchemas:
    """The compiled schemas of one configuration; an event type's schema is compiled when it is first needed."""

    def __init__(self, config: Config) -> None:
        self._events = config.catalog.events
        self._schemas = Schemas(config.catalog.schemas)
        self._envelope = self._schemas.validator({"$ref": ENVELOPE}, "posted-envelope.json")
        self._by_type: dict[str, Validator] = {}

    def errors(self, document: Any, event_type: str | None) -> list[dict[str, Any]]:
        """The errors of *document* as an event of *event_type*, or of an unknown type if None.

        A field that is null counts as absent, unless the schema requires null.

        At most 20 of `{pointer, code, detail, hint?}`: the pointer (RFC 6901) starts at the document, and the code is
        the JSON Schema keyword that failed. Empty if the document is valid.
        """
        validator = self._validator(event_type)
        if validator.is_valid(document):
            return []
        document = without_nulls(document)  # only done here, since nearly every event is valid as posted
        if validator.is_valid(document):
            return []
        entries = map(_entry, defects(validator.errors(document, MAX_ERRORS)))
        by_place = {entry["pointer"] + entry["detail"]: entry for entry in islice(entries, MAX_ERRORS)}
        # A schema that refers to itself endlessly gives a verdict without a reason.
        return list(by_place.values()) or [UNEXPLAINED]

    def _validator(self, event_type: str | None) -> Validator:
        if event_type is None:
            return self._envelope
        validator = self._by_type.get(event_type)
        if validator is None:
            data = with_uri(self._events[event_type].schema, f"data-of-{event_type}.json")
            schema = {"$ref": ENVELOPE, "properties": {"data": data}}
            validator = self._schemas.validator(schema, f"posted-{event_type}.json")
            self._by_type[event_type] = validator
        return validator


event_schemas = PerConfig(EventSchemas, basis=attrgetter("catalog"))


def _entry(defect: Defect) -> dict[str, Any]:
    """*defect* as an entry of `errors` in a problem document."""
    hint = None
    match defect.keyword:
        case "required":
            detail = "this key is missing"
            hint = f"is {defect.misspelled[:MAX_COMPARED]!r} a misspelling of it?" if defect.misspelled else None
        case "additionalProperties":
            detail, hint = "unknown key", did_you_mean(str(defect.path[-1])[:MAX_COMPARED], defect.operand)
        case "forbidden":
            detail = "unknown key"
        case "dependentRequired":
            detail = f"this key needs {' and '.join(defect.operand)}"
        case "propertyNames":
            detail = f"expected {defect.schema.get('$comment', 'another name')}"
        case _:
            detail = expectation(defect)[:MAX_POINTER]
    if defect.keyword == "enum" and isinstance(defect.instance, str):
        hint = did_you_mean(defect.instance[:MAX_COMPARED], [str(value) for value in defect.operand])
    entry = {"pointer": shown_pointer(defect.path), "code": defect.keyword, "detail": detail}
    return {**entry, "hint": hint} if hint else entry


def shown_pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer to *path*, cut to MAX_POINTER characters; unprintable characters are shown as `?`."""
    pointer = json_pointer(path)[:MAX_POINTER]
    return "".join(char if char.isprintable() else "?" for char in pointer)
