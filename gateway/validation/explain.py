"""What a person must change where a document does not fit its schema: one line for each defect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from jsonschema.exceptions import ValidationError

from gateway.suggestions import did_you_mean, nearest
from gateway.validation.formats import EXPECTED

DocumentPath = tuple[str | int, ...]


class Explanation(NamedTuple):
    path: DocumentPath
    message: str
    hint: str | None = None
    is_key: bool = False
    """The key at *path* is wrong, not its value."""


def explanations(errors: Iterable[ValidationError]) -> list[Explanation]:
    """What is wrong, each defect once."""
    found = dict.fromkeys(one for error in errors for one in _explain(error))
    bad_keys = {one.path for one in found if one.is_key}
    return [one for one in found if one.is_key or not any(one.path[: len(key)] == key for key in bad_keys)]


def _explain(error: ValidationError) -> Iterator[Explanation]:
    error = _most_telling(error)
    path = tuple(error.absolute_path)
    value: Any = error.validator_value
    instance: Any = error.instance
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "additionalProperties":
            known = [*schema.get("properties", {})]
            for key in _unknown(instance, schema):
                yield Explanation((*path, key), f"unknown key {key!r}", did_you_mean(key, known), is_key=True)
        case "dependentRequired":
            for key, wanted in value.items():
                lacks = [one for one in wanted if key in instance and one not in instance]
                if lacks:
                    yield Explanation((*path, key), f"{key!r} needs {' and '.join(map(repr, lacks))}", is_key=True)
        case "required":
            yield from _missing(path, value, instance, schema)
        case "enum":
            hint = did_you_mean(instance, [str(one) for one in value]) if isinstance(instance, str) else None
            yield Explanation(path, f"{show(instance)} is none of {', '.join(map(show, value))}", hint)
        case "not" if "propertyNames" in error.absolute_schema_path:
            hint = schema.get("$comment")
            yield Explanation((*path, str(instance)), f"{show(instance)} cannot stand here", hint, is_key=True)
        case _ if "propertyNames" in error.absolute_schema_path:
            yield _bad_name(path, str(instance), schema)
        case _:
            message = _mismatch(str(error.validator), value, instance, schema)
            yield Explanation(path, message, _instead(instance, error))


def _unknown(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    return [key for key in instance if key not in schema.get("properties", {})]


def _missing(
    path: DocumentPath, wanted: Iterable[str], instance: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Explanation]:
    """Keys that are not there - or are, with a slip in their name."""
    unknown = _unknown(instance, schema)
    missing = []
    for key in wanted:
        if key not in instance:
            slips = nearest(key, unknown, most=1)
            if slips:
                yield Explanation((*path, slips[0]), f"unknown key {slips[0]!r}", f"did you mean {key!r}?", is_key=True)
            else:
                missing.append(key)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        yield Explanation(path, f"{' and '.join(map(repr, missing))} {verb} missing")


def _bad_name(path: DocumentPath, name: str, schema: Mapping[str, Any]) -> Explanation:
    hint = None
    if ":" in name:
        hint = "a ':' needs a blank behind it"
    elif name != name.lower():
        hint = f"write {name.lower()!r}"
    wanted = schema.get("$comment", "another name")
    return Explanation((*path, name), f"{show(name)} is no good name: expected {wanted}", hint, is_key=True)


def _mismatch(keyword: str, value: Any, instance: Any, schema: Mapping[str, Any]) -> str:
    """What a value should have been; a schema says it for people in its `$comment`."""
    comment = schema.get("$comment") or (EXPECTED.get(value) if keyword == "format" else None)
    match keyword:
        case "const":
            return f"expected {show(value)}"
        case "minItems" | "minProperties":
            return "expected at least one entry"
        case "minLength":
            return "expected a text, got an empty one"
        case "type":
            return f"expected {comment or _types(value)}, got {kind(instance)}"
        case "anyOf" | "oneOf":
            return f"expected {comment or 'something else'}, got {kind(instance)}"
        case _ if comment:
            return f"{show(instance)}: expected {comment}"
        case "minimum":
            return f"{show(instance)}: expected {value} or more"
        case "maximum":
            return f"{show(instance)}: expected {value} or less"
        case "pattern":
            return f"{show(instance)} does not match {value}"
    return f"{show(instance)} breaks the rule {keyword!r}"


def _instead(instance: Any, error: ValidationError) -> str | None:
    """How the value that was meant is written, where its kind is wrong."""
    if error.validator not in ("type", "anyOf", "oneOf"):
        return None
    wanted = set(_kinds_of(error))
    if instance is None:
        return "remove the key, or give it a value" if error.absolute_path else None
    if isinstance(instance, str) and "boolean" in wanted and instance.lower() in ("yes", "no", "on", "off"):
        return "write true or false"
    if isinstance(instance, str) and "array" in wanted and instance.isprintable() and len(instance) <= 40:
        return f"write [{instance}]"
    if isinstance(instance, bool | int | float) and "string" in wanted:
        return "put it in quotes"
    return None


def _kinds_of(error: ValidationError) -> Iterator[str]:
    if error.validator == "type":
        kinds: Any = error.validator_value
        yield from _listed(kinds)
    for one in error.context or ():
        yield from _kinds_of(one)


def _most_telling(error: ValidationError) -> ValidationError:
    """The error inside an anyOf/oneOf whose branch fits the kind of the value; else the error itself."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        depth = len(error.absolute_path)
        deeper = [one for one in error.context if one.validator != "type" or len(one.absolute_path) > depth]
        by_branch = {one.schema_path[0]: one for one in deeper}
        if len(by_branch) != 1:
            break
        error = max(deeper, key=lambda one: len(one.absolute_path))
    return error


# ------------------------------------------------------------------ words

KINDS = {str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list", dict: "a map"}
TYPE_NAMES = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
TYPE_NAMES |= {"array": "a list", "object": "a map", "null": "nothing"}


def kind(value: Any) -> str:
    return "nothing" if value is None else KINDS.get(type(value), type(value).__name__)


def _types(value: str | list[str]) -> str:
    return " or ".join(TYPE_NAMES[one] for one in _listed(value))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def show(value: Any) -> str:
    """*value* for a message, cut to 60 characters."""
    if isinstance(value, list | dict):
        return kind(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}\u2026"
