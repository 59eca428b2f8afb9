"""What comes of a payload that a mapping looked at: events, faults, and why a rule matched or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.model.mappings import EventPattern, MappingRule
from gateway.model.problems import Place


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """An event in the gateway's own envelope, and where it comes from."""

    document: dict[str, Any]
    rule: MappingRule
    pattern: EventPattern
    dedupe_key: str
    """Digest of what makes two payloads the same; empty when the event has an id."""


@dataclass(frozen=True, slots=True)
class MappingFault:
    """A value that could not be made: the place of its line, and why."""

    place: Place
    pointer: str
    """JSON Pointer into the event's document."""
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass comes to. Without a rule, none matched."""

    rule: MappingRule | None
    events: tuple[MappedEvent, ...] = ()
    faults: tuple[MappingFault, ...] = ()
    """Of values; an event that has one is not emitted."""
    element: int | None = None
    """Number of the element that was mapped, from 0; None: the body as a whole."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """Whether a rule matches a payload, and why (not), in words."""

    rule: MappingRule
    matches: bool
    why: str
