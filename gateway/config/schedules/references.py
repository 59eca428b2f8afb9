"""Checks what the catalogue refers to in routes/: schedules that count working time, and lookups in messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from gateway.config.catalog.message import message_parts
from gateway.config.sections import Sections
from gateway.errors import TemplateFailed
from gateway.messages.template_paths import lookup_names
from gateway.model import Catalog, Problem, Schedule, Timer
from gateway.yaml.document import Document


def check_references(catalog: Document, sections: Sections) -> Iterator[Problem]:
    """Problems of schedules and lookups that *catalog* names and no file of routes declares."""
    for name, event_type in catalog.value["events"].items():
        working = event_type.get("timer", {}).get("working")
        references: list[tuple[str, tuple[str | int, ...], str | None]] = [("schedules", ("timer", "working"), working)]
        for _, place, template in message_parts(event_type["message"]) if "message" in event_type else ():
            with suppress(TemplateFailed):  # already reported
                references += [("lookups", ("message", *place), lookup) for lookup in lookup_names(template)]
        for kind, place, reference in references:
            if reference is not None and (unknown := sections.unknown(kind, reference)):
                yield catalog.problem(("events", name, *place), *unknown)


def with_schedules(catalog: Catalog, schedules: Mapping[str, Schedule]) -> Catalog:
    """*catalog* with the schedules filled in by which its timers count working time."""
    timed = {}
    for event_type in catalog.events.values():
        timing = event_type.timing
        if isinstance(timing, Timer) and any(lead.working for lead in timing.leads):
            leads = (replace(lead, schedule=schedules[lead.working]) if lead.working else lead for lead in timing.leads)
            timed[event_type.name] = replace(event_type, timing=replace(timing, leads=tuple(leads)))
    return replace(catalog, events={**catalog.events, **timed}) if timed else catalog
