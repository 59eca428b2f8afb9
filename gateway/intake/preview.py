"""What an event will lead to later, and who would hear of it: for explanations, nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Config, Event, Lead, Timer
from gateway.routing.plan import plan
from gateway.timing.derived import derive_event, timer_data
from gateway.timing.facts import declared_only
from gateway.timing.moments import before, describe_lead
from gateway.timing.operations import ReportThreshold, SetTimer, Step
from gateway.timing.thresholds import Side
from gateway.timing.timers import decide


def preview(event: Event, steps: Sequence[Step], config: Config, now: datetime) -> list[dict[str, Any]]:
    """`[{type, time, lead, targets: [name], why: [notification]}]`, soonest first, for what *event* sets or fires."""
    made = [one for step in steps for one in _made(event, step, config, now)]
    return [_document(one, lead, config) for one, lead in sorted(made, key=lambda pair: pair[0].time)]


def _made(event: Event, step: Step, config: Config, now: datetime) -> Iterator[tuple[Event, str]]:
    """(event that the gateway will make, its lead in words)."""
    if not isinstance(step, SetTimer | ReportThreshold):
        return
    event_type = config.catalog.events[step.event_type]
    timer = event_type.timing
    if isinstance(step, ReportThreshold) and step.side is Side.CROSSED:
        yield derive_event(event_type, event.source, step.subject, step.data, now, ""), "at once, unless it has before"
    elif isinstance(step, SetTimer) and isinstance(timer, Timer):
        for lead, time in _times(step, timer, config, now):
            data = timer_data(timer, declared_only(event.data, event_type, config.catalog), lead)
            yield derive_event(event_type, event.source, step.subject, data, time, ""), describe_lead(lead)


def _times(step: SetTimer, timer: Timer, config: Config, now: datetime) -> Iterator[tuple[Lead, datetime]]:
    zone = ZoneInfo(config.timezone)
    at_once = decide(step.at, timer.leads, None, now, zone).lead
    for lead in timer.leads:
        time = before(step.at, lead, zone)
        if time > now or lead == at_once:
            yield lead, max(time, now)


def _document(made: Event, lead: str, config: Config) -> dict[str, Any]:
    planned = plan(made, config)
    reasons = {reason.text: None for one in planned.deliveries for reason in one.reasons}
    return {
        "type": made.type,
        "time": made.time.isoformat(timespec="seconds"),
        "lead": lead,
        "targets": [one.target for one in planned.deliveries],
        "reasons": list(reasons),
    }
