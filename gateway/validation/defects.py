"""Reduces the errors of JSON Schema to defects: one for each place and reason.

Both explainers build on this: the one for YAML (`explain`) and the one for posted JSON (`intake.validate`). They differ
in how they name a place, and in whether they may quote a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from jsonschema.exceptions import ValidationError

from gateway.model import DocumentPath
from gateway.suggestions import nearest
from gateway.validation.formats import EXPECTED as FORMATS_IN_WORDS
from gateway.validation.validator import extra_keys

MAX_LISTED = 12
"""How many values of an `enum` are listed."""
TYPE_NAMES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
"""How messages name the types of JSON."""
TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
SCHEMAS_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
"""The keywords whose operand has a schema for each name."""
LIMITS = {
    "const": "exactly {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "pattern": "text that matches {}",
    "uniqueItems": "entries that differ",
    "anyOf": "one of several forms, and this is none of them",
    "oneOf": "exactly one of several forms",
    "propertyNames": "other keys",
}
"""For each keyword, what it expects, with its operand."""


class Defect(NamedTuple):
    """A keyword of the schema that a part of the document does not satisfy."""

    keyword: str
    """`required`, `additionalProperties` and `propertyNames` are about the key at the end of the path; a `forbidden`
    key is excluded by another key."""
    path: DocumentPath
    operand: Any
    """The keyword's value in the schema; for an unknown key, the known keys."""
    instance: Any
    schema: Mapping[str, Any]
    misspelled: str | None = None
    """For a required key: a similar key beside it that was probably meant."""


def defects(errors: Iterable[ValidationError]) -> Iterator[Defect]:
    """The defects behind *errors*, in their order."""
    for error in errors:
        if causes := _meant_causes(error):
            yield from defects(causes)
            continue
        path: DocumentPath = tuple(error.absolute_path)
        keyword = str(error.validator)
        operand: Any = error.validator_value
        instance: Any = error.instance
        schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
        declared = list(schema.get("properties", {}))
        if _is_about_key(error):
            name = "forbidden" if keyword == "not" else "propertyNames"
            yield Defect(name, (*path, str(instance)), operand, instance, schema)
        elif keyword == "required":
            unknown = [key for key in instance if key not in declared]
            # jsonschema has an error for each missing key, but does not say for which.
            for key in [key for key in operand if key not in instance]:
                misspelled = next(iter(nearest(key, unknown, most=1)), None)
                yield Defect(keyword, (*path, key), operand, instance, schema, misspelled)
        elif keyword == "additionalProperties":
            extras = extra_keys(instance, schema)
            yield from (Defect(keyword, (*path, key), declared, instance, schema) for key in extras)
        elif keyword == "dependentRequired":
            for key, companions in operand.items():
                missing = [name for name in companions if name not in instance]
                if key in instance and missing:
                    yield Defect(keyword, (*path, key), missing, instance, schema)
        else:
            yield Defect(keyword, path, operand, instance, schema)


def _is_about_key(error: ValidationError) -> bool:
    """Whether `propertyNames` was validated, so that the instance is a key of the object at the error's path."""
    steps = list(error.absolute_schema_path)
    # Below the other keywords with a schema for each name, `propertyNames` may be such a name.
    return any(step == "propertyNames" and before not in SCHEMAS_BY_NAME for before, step in pairwise([None, *steps]))


def _meant_causes(error: ValidationError) -> list[ValidationError]:
    """The errors inside the only branch of an `anyOf` or `oneOf` that can have been meant; empty if there is no such
    branch.

    A branch can have been meant if the value has its type, so that something deeper, or another keyword, is wrong.
    """
    if error.validator not in ("anyOf", "oneOf"):
        return []
    causes = error.context or ()
    depth = len(error.absolute_path)
    meant = {cause.schema_path[0] for cause in causes if cause.validator != "type" or len(cause.absolute_path) > depth}
    return [cause for cause in causes if cause.schema_path[0] in meant] if len(meant) == 1 else []


def wanted_types(errors: Iterable[ValidationError]) -> dict[DocumentPath, set[str]]:
    """For each place, the JSON types that *errors*, and the causes inside their `anyOf` and `oneOf`, expect there."""
    types: dict[DocumentPath, set[str]] = {}
    waiting = list(errors)
    while waiting:
        error = waiting.pop()
        waiting += error.context or ()
        if error.validator == "type":
            operand: Any = error.validator_value
            names = {operand} if isinstance(operand, str) else set(operand)
            types.setdefault(tuple(error.absolute_path), set()).update(names)
    return types


def expectation(defect: Defect, names: Mapping[str, str] = TYPE_NAMES) -> str:
    """What is expected at the place of *defect*, in a message: `expected at least 3 entries`."""
    comment = defect.schema.get("$comment")
    if defect.keyword == "type":
        types = [defect.operand] if isinstance(defect.operand, str) else defect.operand
        expected = comment or " or ".join(names[name] for name in types)
        return f"expected {expected}, got {type_name(defect.instance, names)}"
    if defect.keyword == "format" and defect.operand in FORMATS_IN_WORDS:
        return f"expected {FORMATS_IN_WORDS[defect.operand]}"
    if defect.keyword == "enum":
        values = [repr(value) if isinstance(value, str) else str(value) for value in defect.operand]
        return f"expected one of {', '.join(values[:MAX_LISTED])}"
    if comment:
        return f"expected {comment}"
    if defect.operand == 1 and defect.keyword in ("minLength", "minItems", "minProperties"):
        return "must not be empty"
    if defect.keyword in LIMITS:
        return f"expected {LIMITS[defect.keyword].format(defect.operand)}"
    return f"does not satisfy the keyword {defect.keyword!r} of its schema"


def type_name(value: Any, names: Mapping[str, str] = TYPE_NAMES) -> str:
    return names[TYPES.get(type(value), "null")]
