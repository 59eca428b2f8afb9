"""Tries a mapping on a payload: nothing is stored and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import ApiError
from gateway.intake.parse import parse
from gateway.mapping.apply import apply, place_of, verdicts
from gateway.mapping.focus import parts_to_map
from gateway.model import Config, Event, MappedEvent, MappingFault, Outcome, Payload, RuleVerdict, Source, SourceMapping


@dataclass(frozen=True, slots=True)
class Trial:
    """The result for a body, or for one element of the list in it."""

    outcome: Outcome
    verdicts: tuple[RuleVerdict, ...]
    """The result of each rule up to the one that matches."""
    events: tuple[tuple[MappedEvent, Event], ...]
    """The events that the gateway would accept."""
    faults: tuple[MappingFault, ...]
    """Why it would not accept the others: values that could not be computed, and violations of the schema."""

    @property
    def ignored(self) -> str | None:
        """The reason that the matching rule gives for ignoring the body."""
        return self.outcome.rule.ignore if self.outcome.rule else None


def try_mapping(
    mapping: SourceMapping, source: Source, config: Config, payload: Payload, now: datetime
) -> Iterator[Trial]:
    """A trial for each part of *payload* that *mapping* maps."""
    outcomes = apply(mapping, payload, now)
    for focus, outcome in zip(parts_to_map(mapping, payload), outcomes, strict=True):
        events: list[tuple[MappedEvent, Event]] = []
        faults = list(outcome.faults)
        for mapped in outcome.events:
            try:
                events.append((mapped, parse(mapped.document, source, config, now, mapped.dedupe_key or None)))
            except ApiError as exc:
                faults += faults_of(mapped, exc)
        yield Trial(outcome, tuple(verdicts(mapping, focus, now)), tuple(events), tuple(faults))


def faults_of(mapped: MappedEvent, error: ApiError) -> list[MappingFault]:
    """Each part of *error*, which an event of a mapping has, with the line of the rule that caused it."""
    if not error.errors:
        return [MappingFault(mapped.pattern.place, "", error.detail)]
    return [
        MappingFault(
            place_of(mapped.pattern, part["pointer"]),
            part["pointer"],
            f"{part['detail']} - {part['hint']}" if part.get("hint") else part["detail"],
        )
        for part in error.errors
    ]
