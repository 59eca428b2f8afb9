"""Explains what a person must change in a YAML document that does not fit its schema, one line for each defect."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

from jsonschema.exceptions import ValidationError

from gateway.model import DocumentPath
from gateway.quoting import looks_secret, quote
from gateway.suggestions import did_you_mean
from gateway.validation.defects import TYPE_NAMES, Defect, defects, expectation, type_name, wanted_types
from gateway.validation.validator import matches_pattern

YAML_NAMES = {**TYPE_NAMES, "object": "a map", "null": "nothing"}
NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}\Z")
MAX_NUMBER = 64
"""The longest number, in characters, in the YAML and in posted events."""
MAX_SHOWN = 40
"""The longest text that a hint repeats, in characters."""
NAMED_DIRECTLY = ("person", "channel")
"""Keys that people write before a name that needs none: `{person: ana}` for `ana`."""
NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")


class Explanation(NamedTuple):
    path: DocumentPath
    message: str
    hint: str | None = None
    is_key: bool = False
    """Whether the key at *path* is wrong, and not its value."""

    @classmethod
    def of(cls, defect: Defect, types: Iterable[str], *, is_quotable: bool) -> Self:
        """The explanation of *defect*; *types* are expected at its place, and its value is quoted only if
        *is_quotable*."""
        path, instance = defect.path, defect.instance
        key = str(path[-1]) if path else ""
        match defect.keyword:
            case "required" if defect.misspelled:
                path = (*path[:-1], defect.misspelled)
                return cls(path, f"unknown key {quote(defect.misspelled)}", f"did you mean {key!r}?", is_key=True)
            case "required":
                return cls(path, f"missing key {key!r}")
            case "additionalProperties":
                return cls(path, f"unknown key {quote(key)}", did_you_mean(key, defect.operand), is_key=True)
            case "dependentRequired":
                return cls(path, f"{key!r} needs {' and '.join(map(repr, defect.operand))}", is_key=True)
            case "forbidden":
                return cls(path, f"unexpected key {quote(key)}", defect.schema.get("$comment"), is_key=True)
            case "propertyNames":
                return cls(path, *_invalid_name(key, defect), is_key=True)
        message = expectation(defect, YAML_NAMES)
        if defect.keyword != "type" and isinstance(instance, list | dict | None):
            actual = "an empty list" if instance == [] else type_name(instance, YAML_NAMES)
            message += f", got {actual}" if message.startswith("expected") else ""
        elif defect.keyword not in ("type", "minLength") and is_quotable:
            message = f"{quote(instance) if isinstance(instance, str) else instance}: {message}"
        times = _padded_times(instance) if is_quotable else None
        return cls(path, message, times or _instead(defect, set(types), is_quotable=is_quotable))


def explanations(
    errors: Iterable[ValidationError], may_quote: Callable[[DocumentPath], bool] = lambda _: True
) -> list[Explanation]:
    """An explanation for each defect. No value is quoted at a path for which *may_quote* returns false."""
    errors = list(errors)
    types = wanted_types(errors)
    all_defects = list(defects(errors))
    mistyped = {defect.path for defect in all_defects if defect.keyword == "type"}
    explained = dict.fromkeys(
        Explanation.of(defect, types.get(defect.path, set()), is_quotable=may_quote(defect.path))
        for defect in all_defects
        if not (defect.keyword in ("enum", "anyOf", "oneOf") and defect.path in mistyped)  # which says it all
    )
    # A wrong key explains everything that is wrong below it.
    bad_keys = {explanation.path for explanation in explained if explanation.is_key}
    return [
        explanation
        for explanation in explained
        if explanation.is_key or not any(explanation.path[: len(key)] == key for key in bad_keys)
    ]


def _invalid_name(name: str, defect: Defect) -> tuple[str, str | None]:
    """Message and hint for a *name* that the schema does not allow."""
    hint = None
    if ":" in name:
        hint = "a ':' needs a space after it"
    elif "{" in name:
        hint = "add the missing ':' before the '{'"
    elif "pattern" in defect.schema and not looks_secret(name):
        candidates = (NOT_IN_NAMES.sub(joint, name.lower()).strip("-_") for joint in "-_")
        pattern = defect.schema["pattern"]
        hint = next((f"write {quote(text)}" for text in candidates if text and matches_pattern(pattern, text)), None)
    rule = defect.schema.get("$comment", "another name").removeprefix("a name of ")
    return f"invalid name {quote(name)}: use {rule}", hint


def _instead(defect: Defect, types: set[str], *, is_quotable: bool) -> str | None:
    """What to write instead of a value of a wrong type, if it can be guessed."""
    instance: Any = defect.instance
    if defect.keyword == "enum" and isinstance(instance, str):
        return did_you_mean(instance, [str(value) for value in defect.operand])
    if defect.keyword not in ("type", "anyOf", "oneOf"):
        return None
    if instance is None:
        return "remove the key, or give it a value" if defect.path else None
    if isinstance(instance, str):
        if "boolean" in types and instance.lower() in ("yes", "no", "on", "off"):
            return "write true or false"
        if types & {"integer", "number"} and NUMBER.match(instance):
            is_plain = len(instance) <= MAX_NUMBER and math.isfinite(float(instance))
            return "remove the quotes" if is_plain else "the number is too large, or has too many digits"
        wants_list_of_text = defect.keyword == "type" and "array" in types and not types & {"integer", "number"}
        is_showable = is_quotable and instance.isprintable() and len(instance) <= MAX_SHOWN
        if wants_list_of_text and is_showable and not looks_secret(instance):
            return f"write [{instance}]"
    if isinstance(instance, bool | int | float) and "string" in types:
        return "put it in quotes"
    if isinstance(instance, dict) and is_quotable and len(instance) == 1:
        return _instead_of_pair(*next(iter(instance.items())), types)
    return None


def _padded_times(instance: Any) -> str | None:
    """`write ["18:00", "08:00"]` for `["18:00", "8:00"]`; None if no time has a single digit."""
    times = instance if isinstance(instance, list) else [instance]
    if not all(isinstance(time, str) and TIME.match(time) for time in times):
        return None
    padded = [f'"{time:0>5}"' for time in times]
    if padded == [f'"{time}"' for time in times]:
        return None
    return f"write [{', '.join(padded)}]" if isinstance(instance, list) else f"write {padded[0]}"


def _instead_of_pair(key: Any, value: Any, types: set[str]) -> str | None:
    """What to write instead of `{key: value}` where text or a list is expected."""
    if not isinstance(value, str):
        return None
    if types == {"array"}:
        return None if looks_secret(value) else f"write [{{{key}: {value}}}]"
    if "string" not in types:
        return None
    if key in NAMED_DIRECTLY:
        return f"write {quote(value)}"
    return f"write {quote(f'{key}:{value}')}, in quotes and without a space"
