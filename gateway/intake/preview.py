"""What an event will lead to later, and who would be notified: for explanations. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Config, Event, Timer
from gateway.routing.plan import plan
from gateway.timing.derived import derive_event, timer_data
from gateway.timing.facts import declared_only
from gateway.timing.moments import before, decide, describe_lead, describe_left
from gateway.timing.operations import ReportThreshold, SetTimer, Step
from gateway.timing.thresholds import Side


def preview(event: Event, steps: Sequence[Step], config: Config, now: datetime) -> list[dict[str, Any]]:
    """`[{type, time, lead, targets: [name], reasons: [text]}]`, soonest first, for what *event* sets or fires."""
    derived = [pair for step in steps for pair in _derived(event, step, config, now)]
    documents = []
    for later, when in sorted(derived, key=lambda pair: pair[0].time):
        deliveries = plan(later, config).deliveries
        documents.append(
            {
                "type": later.type,
                "time": later.time.isoformat(timespec="seconds"),
                "lead": when,
                "targets": [delivery.target for delivery in deliveries],
                "reasons": list(dict.fromkeys(reason.text for delivery in deliveries for reason in delivery.reasons)),
            }
        )
    return documents


def _derived(event: Event, step: Step, config: Config, now: datetime) -> Iterator[tuple[Event, str]]:
    """(event that the gateway will make, when in words)."""
    match step:
        case ReportThreshold(side=Side.CROSSED):
            event_type = config.catalog.events[step.event_type]
            later = derive_event(event_type, event.source, step.subject, step.data, now, "")
            yield later, "at once, unless it has before"
        case SetTimer():
            event_type = config.catalog.events[step.event_type]
            timer, zone = event_type.timing, ZoneInfo(config.timezone)
            if not isinstance(timer, Timer):
                return
            facts = declared_only(event.data, event_type, config.catalog)
            at_once = decide(step.at, timer.leads, None, now, zone).lead
            for lead in timer.leads:
                time = before(step.at, lead, zone)
                if time <= now and lead != at_once:  # of the leads that have passed only the tightest fires
                    continue
                time = max(time, now)
                left = describe_left(step.at, time, zone)
                data = timer_data(timer, facts, lead)
                yield derive_event(event_type, event.source, step.subject, data, time, "", left), describe_lead(lead)
