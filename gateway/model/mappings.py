"""Mappings: what a sender posted, and the rules that say which events it means."""

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
    """What a sender posted, as far as a mapping can read it."""

    body: Any
    """JSON data; of a body that is plain text, that text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name, in lower case."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """What follows the source's own address in the path of the URL, without its key."""


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of an `emit`: where a value goes in the event's document (`("data", "alert", "id")`)."""

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
    """Why payloads that this rule takes mean no event; None: they mean those of *emit*."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """How long the same payload counts as a duplicate when its event has no id."""

    window: timedelta = timedelta(minutes=10)
    by: tuple[Path, ...] = ()
    """What makes two payloads the same; empty: the whole of what the event was made from."""


@dataclass(frozen=True, slots=True)
class MappingExample:
    """A payload that stands beside a mapping, and what must come of it."""

    place: Place
    expects: tuple[Mapping[str, Any], ...] | Literal["ignored", "unmapped"]
    """Parts of the events, in order."""
    body: Any = None
    file: str | None = None
    """Its path starts in the folder of the YAML file."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """What the payloads of a source mean."""

    rules: tuple[MappingRule, ...]
    """In order: the first that matches decides."""
    index: ConditionIndex
    """The index of the rules' conditions."""
    zone: ZoneInfo
    """Of times that have no offset."""
    format: InputFormat = "json"
    each: Path | None = None
    """Where in the body the list is whose elements are mapped one by one; None: the body as a whole is mapped."""
    json_in: tuple[Path, ...] = ()
    """Texts in the body that hold JSON; the rules see what they hold."""
    otherwise: Otherwise = "keep"
    dedupe: Dedupe = Dedupe()
    examples: tuple[MappingExample, ...] = ()
