"""The result of mapping a payload: events, faults, and why a rule matched or not."""

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
    """A digest that is equal for payloads that count as the same; empty if the event has an id."""


@dataclass(frozen=True, slots=True)
class MappingFault:
    """A value that could not be computed: the place of its line, and why."""

    place: Place
    pointer: str
    """JSON Pointer into the event's document."""
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of mapping a body or an element. Without a rule, none matched."""

    rule: MappingRule | None
    events: tuple[MappedEvent, ...] = ()
    faults: tuple[MappingFault, ...] = ()
    """Faults of values; an event with a fault is not emitted."""
    element: int | None = None
    """Index of the element that was mapped; None for the body as a whole."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """Whether a rule matches a payload, and the reason in words."""

    rule: MappingRule
    matches: bool
    why: str
