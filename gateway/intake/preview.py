"""What an event will lead to later, and who would be notified: for explanations. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Config, Event, Lead, Timer
from gateway.routing.plan import plan
from gateway.timing.derived import derive_event, timer_data
from gateway.timing.facts import declared_only
from gateway.timing.moments import before, describe_lead, describe_left
from gateway.timing.operations import ReportThreshold, SetTimer, Step
from gateway.timing.thresholds import Side
from gateway.timing.timers import decide


def preview(event: Event, steps: Sequence[Step], config: Config, now: datetime) -> list[dict[str, Any]]:
    """`[{type, time, lead, targets: [name], reasons: [text]}]`, soonest first, for what *event* sets or fires."""
    derived = [pair for step in steps for pair in _derived(event, step, config, now)]
    return [_document(later, when, config) for later, when in sorted(derived, key=lambda pair: pair[0].time)]


def _derived(event: Event, step: Step, config: Config, now: datetime) -> Iterator[tuple[Event, str]]:
    """(event that the gateway will make, when in words)."""
    match step:
        case ReportThreshold(side=Side.CROSSED):
            event_type = config.catalog.events[step.event_type]
            later = derive_event(event_type, event.source, step.subject, step.data, now, "")
            yield later, "at once, unless it has before"
        case SetTimer():
            event_type = config.catalog.events[step.event_type]
            if isinstance(event_type.timing, Timer):
                facts = declared_only(event.data, event_type, config.catalog)
                for lead, time in _times(step, event_type.timing, config, now):
                    data = timer_data(event_type.timing, facts, lead)
                    left = describe_left(step.at, time, ZoneInfo(config.timezone))
                    later = derive_event(event_type, event.source, step.subject, data, time, "", left)
                    yield later, describe_lead(lead)


def _times(step: SetTimer, timer: Timer, config: Config, now: datetime) -> Iterator[tuple[Lead, datetime]]:
    zone = ZoneInfo(config.timezone)
    at_once = decide(step.at, timer.leads, None, now, zone).lead
    for lead in timer.leads:
        time = before(step.at, lead, zone)
        if time > now or lead == at_once:
            yield lead, max(time, now)


def _document(later: Event, when: str, config: Config) -> dict[str, Any]:
    planned = plan(later, config)
    reasons = {reason.text: None for delivery in planned.deliveries for reason in delivery.reasons}
    return {
        "type": later.type,
        "time": later.time.isoformat(timespec="seconds"),
        "lead": when,
        "targets": [delivery.target for delivery in planned.deliveries],
        "reasons": list(reasons),
    }
