"""Mappings: what a sender posted, and the rules that turn it into events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gateway.model.conditions import ALWAYS, Condition, ConditionIndex, Path
from gateway.model.mapping_values import Value
from gateway.model.problems import Place
from gateway.model.schedules import Schedule

InputFormat = Literal["json", "form", "xml", "text"]
Otherwise = Literal["keep", "refuse", "ignore"]


@dataclass(frozen=True, slots=True)
class Payload:
    """The parts of a posted request that a mapping can read."""

    body: Any
    """JSON data; for a body of plain text, the text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name, in lower case."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """The rest of the URL's path after the source, without the key."""


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of an `emit`: the place of a value in the event's document (`("data", "alert", "id")`)."""

    path: Path
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class EventPattern:
    """An event that a rule emits."""

    type: str
    fields: tuple[MappedField, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MappingRule:
    name: str
    place: Place
    when: Condition = ALWAYS
    during: tuple[Schedule, ...] = ()
    """The rule applies only inside one of these; empty: at any time."""
    not_during: tuple[Schedule, ...] = ()
    emit: tuple[EventPattern, ...] = ()
    ignore: str | None = None
    """Why payloads that match this rule are ignored; None: they become the events of *emit*."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """How long the same payload counts as a duplicate when its event has no id."""

    window: timedelta = timedelta(minutes=10)
    by: tuple[Path, ...] = ()
    """The values that identify a payload; empty: everything that the event was made from."""


@dataclass(frozen=True, slots=True)
class MappingExample:
    """A payload beside a mapping, and the expected result."""

    place: Place
    expects: tuple[Mapping[str, Any], ...] | Literal["ignored", "unmapped"]
    """Parts of the expected events, in order."""
    body: Any = None
    file: str | None = None
    """A path relative to the folder of the YAML file."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How the payloads of a source are mapped."""

    rules: tuple[MappingRule, ...]
    """In order; the first that matches decides."""
    index: ConditionIndex
    """The index of the rules' conditions."""
    zone: ZoneInfo
    """The zone of times without an offset."""
    format: InputFormat = "json"
    each: Path | None = None
    """The path of the list in the body whose elements are mapped one by one; None: the body is mapped as a whole."""
    json_in: tuple[Path, ...] = ()
    """Paths of texts in the body that contain JSON; the rules see the parsed JSON."""
    otherwise: Otherwise = "keep"
    dedupe: Dedupe = Dedupe()
    examples: tuple[MappingExample, ...] = ()
