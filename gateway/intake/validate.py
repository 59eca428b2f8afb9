"""Whether a posted event fits its schema, the envelope and the data in one look, and if not, why.

What is told never holds a value that was posted: only where it stands and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from jsonschema.exceptions import ValidationError

from gateway.errors import MAX_ERRORS
from gateway.model import Config
from gateway.paths import without_nulls
from gateway.per_config import PerConfig
from gateway.suggestions import did_you_mean
from gateway.validation.formats import EXPECTED as EXPECTED_BY_FORMAT
from gateway.validation.validator import Schemas, Validator

ENVELOPE = "event.schema.json"
MAX_POINTER = 200
MAX_KEY = 64
"""Characters of a posted key or value that are compared for "did you mean"."""
UNEXPLAINED = {"pointer": "", "code": "schema", "detail": "it does not fit the schema"}

KINDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
LIMITS = {
    "const": "exactly {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "text that matches {}",
    "uniqueItems": "entries that differ",
    "anyOf": "one of several forms, and it has none of them",
    "oneOf": "exactly one of several forms",
    "propertyNames": "other keys",
}


class EventSchemas:
    """The compiled schemas of one configuration: each event type's when it is first needed."""

    def __init__(self, config: Config) -> None:
        self._events = config.catalog.events
        self._schemas = Schemas(config.catalog.schemas)
        self._envelope = self._schemas.validator({"$ref": ENVELOPE}, "posted-envelope.json")
        self._by_type: dict[str, Validator] = {}

    def errors(self, document: Any, event_type: str | None) -> list[dict[str, Any]]:
        """What is wrong with *document* as an event of *event_type* (None: of an unknown one).

        A field that is null counts as absent, unless the schema wants it to be null.
        At most 20 of `{pointer, code, detail, hint?}`; the pointer (RFC 6901) starts at the document,
        the code is the keyword of JSON Schema that failed. Nothing when it fits.
        """
        validator = self._validator(event_type)
        if validator.is_valid(document):
            return []
        document = without_nulls(document)  # only now: nearly every event is valid as it was posted
        if validator.is_valid(document):
            return []
        told = (entry for error in validator.errors(document, MAX_ERRORS) for entry in _told(error))
        found = {entry["pointer"] + entry["detail"]: entry for entry in islice(told, MAX_ERRORS)}
        # a schema that refers to itself without an end leaves a verdict without a reason
        return list(found.values()) or [UNEXPLAINED]

    def _validator(self, event_type: str | None) -> Validator:
        if event_type is None:
            return self._envelope
        known = self._by_type.get(event_type)
        if known is None:
            known = self._by_type[event_type] = self._compiled(event_type)
        return known

    def _compiled(self, event_type: str) -> Validator:
        schema = {"$ref": ENVELOPE, "properties": {"data": self._events[event_type].schema}}
        return self._schemas.validator(schema, f"posted-{event_type}.json")


event_schemas = PerConfig(EventSchemas)


def _told(error: ValidationError) -> Iterator[dict[str, Any]]:
    """What a person is told of *error*: one entry for each place."""
    for leaf in _leaves(error):
        path: list[str | int] = list(leaf.absolute_path)
        code = str(leaf.validator)
        wanted: Any = leaf.validator_value
        instance: Any = leaf.instance
        schema: Any = leaf.schema
        match code:
            case "required":
                for key in wanted:
                    if key not in instance:
                        yield _entry([*path, key], code, "it is missing")
            case "additionalProperties":
                known = list(schema.get("properties", {}))
                for key in instance:
                    if key not in known:
                        yield _entry([*path, key], code, "there is no such key", did_you_mean(key[:MAX_KEY], known))
            case "enum":
                names = [str(one) for one in wanted]
                hint = did_you_mean(instance[:MAX_KEY], names) if isinstance(instance, str) else None
                yield _entry(path, code, f"expected one of {', '.join(names[:12])}", hint)
            case _ if "propertyNames" in leaf.absolute_schema_path:
                yield _entry([*path, str(instance)], "propertyNames", _expected(code, wanted, schema, instance))
            case _:
                yield _entry(path, code, _expected(code, wanted, schema, instance))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """*error*, or those inside an `anyOf` or `oneOf` when only one branch can have been meant."""
    inner = error.context or ()
    depth = len(error.absolute_path)
    meant = {one.schema_path[0] for one in inner if one.validator != "type" or len(one.absolute_path) > depth}
    if error.validator not in ("anyOf", "oneOf") or len(meant) != 1:
        yield error
        return
    for one in inner:
        if one.schema_path[0] in meant:
            yield from _leaves(one)


def _entry(path: Iterable[str | int], code: str, detail: str, hint: str | None = None) -> dict[str, Any]:
    entry = {"pointer": json_pointer(path), "code": code, "detail": detail}
    return {**entry, "hint": hint} if hint else entry


def _expected(code: str, wanted: Any, schema: Any, instance: Any) -> str:
    """What the keyword *code* with the operand *wanted* asks for."""
    if code == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"expected {' or '.join(KINDS[one] for one in kinds)}, got {_kind(instance)}"
    if code == "format" and wanted in EXPECTED_BY_FORMAT:
        return f"expected {EXPECTED_BY_FORMAT[wanted]}"
    if isinstance(schema, dict) and "$comment" in schema:
        return f"expected {schema['$comment']}"
    if wanted == 1 and code in ("minLength", "minItems", "minProperties"):
        return "it is empty"
    if code not in LIMITS:
        return f"it breaks the rule {code!r}"
    return f"expected {LIMITS[code].format(wanted)}"[:MAX_POINTER]


def _kind(value: Any) -> str:
    return KINDS.get(NAMES.get(type(value), ""), KINDS["null"])


def json_pointer(path: Iterable[str | int]) -> str:
    """RFC 6901, cut to 200 characters; what cannot be printed is shown as `?`."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    pointer = "".join(f"/{step}" for step in steps)[:MAX_POINTER]
    return "".join(char if char.isprintable() else "?" for char in pointer)
