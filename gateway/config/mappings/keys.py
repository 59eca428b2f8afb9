"""The keys of mappings in the YAML; see `config.catalog.keys`."""

from __future__ import annotations

from typing import Any, TypedDict


class MappingKeys(TypedDict, total=False):
    """The keys of a mapping, and of the part of a source that maps its payloads."""

    extends: str
    input: InputKeys
    values: dict[str, Any]
    rules: list[RuleKeys]
    otherwise: str
    dedupe: str | DedupeKeys
    examples: list[ExampleKeys]


class InputKeys(TypedDict, total=False):
    format: str
    each: str
    json_in: list[str]


class RuleKeys(TypedDict, total=False):
    name: str
    when: dict[str, Any]
    during: str | list[str]
    not_during: str | list[str]
    emit: dict[str, Any] | list[dict[str, Any]]
    ignore: str


class EmitKeys(TypedDict, total=False):
    """There may also be keys that begin with `data.`."""

    type: str
    id: Any
    subject: Any
    time: Any
    severity: Any
    data: Any


DedupeKeys = TypedDict("DedupeKeys", {"for": str, "by": str | list[str]}, total=False)
ValueKeys = TypedDict(
    "ValueKeys",
    {
        "path": str,
        "template": str,
        "literal": Any,
        "lookup": str,
        "first": list[Any],
        "each": str,
        "use": str,
        "key": Any,
        "value": Any,
        "parse": str,
        "after": str,
        "before": str,
        "split": str,
        "amount": str,
        "table": dict[str, Any],
        "ignore_case": bool,
        "format": str,
        "zone": str,
        "as": str,
        "default": Any,
    },
    total=False,
)
"""A map with one of the first seven keys is such a value; any other map is an object of values."""


class ExampleKeys(TypedDict, total=False):
    file: str
    body: Any
    headers: dict[str, str]
    query: dict[str, str]
    path: str
    expect: Any


class ExpectKeys(TypedDict, total=False):
    """What an example expects of an event."""

    type: str
    id: str
    subject: str
    time: str
    severity: str
    data: dict[str, Any]
