"""Timers in words: what will be told, when and why."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.model import Config, Rollup, Threshold, Timer
from gateway.paths import format_path
from gateway.timing.moments import before, lead_in_words


def why_it_fires(event_type: str, at: datetime, next_look: datetime, config: Config) -> str:
    """`15 min before ticket.due_at, which is 2026-11-24 17:00 MST`; *at* is the timer's moment."""
    known = config.catalog.events.get(event_type)
    zone = ZoneInfo(config.timezone)
    match known.timing if known else None:
        case Timer() as timer:
            lead = next((one for one in timer.leads if before(at, one, zone) >= next_look), timer.leads[-1])
            return f"{lead_in_words(lead)} {format_path(timer.at)}, which is {_local(at, zone)}"
        case Threshold() as threshold:
            return f"{format_path(threshold.value)} fell to {threshold.at_most:g}"
        case Rollup() as rollup:
            return f"all that is open, daily at {rollup.daily_at:%H:%M}"
        case None:
            return "nothing: the catalogue does not time this event type any more"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
