"""The events that the gateway makes itself: their data, and the occasion of each.

The occasion says what makes an event of the gateway and one that a source posts the same, so that one of them is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.encoding import digest, dumps
from gateway.model import Config, Event, EventType, Lead, Path, Rollup, Threshold, Timer
from gateway.paths import MISSING, lookup
from gateway.times import moment_of
from gateway.timing.facts import timer_keys
from gateway.timing.moments import describe_lead, last_daily, nearest_lead
from gateway.timing.operations import Occasion


def derive_event(
    event_type: EventType,
    source: str,
    subject: str,
    data: Mapping[str, Any],
    now: datetime,
    id: str,
    lead: str = "",
) -> Event:
    """An event that the gateway makes *now* of what *source* has said before."""
    return Event(
        id=id,
        type=event_type.name,
        category=event_type.category,
        source=source,
        subject=subject or None,
        time=now,
        severity=event_type.severity,
        data=data,
        lead=lead,
        customer=event_type.customer,
    )


def timer_data(timer: Timer, facts: Mapping[str, Any], lead: Lead) -> dict[str, Any]:
    """The data of an event that *timer* makes: what is known of its subject, and the lead."""
    return _put(facts, timer.lead_into, lead.days) if timer.lead_into else dict(facts)


def rollup_data(rollup: Rollup, items: Sequence[Any]) -> dict[str, Any]:
    return _put({}, rollup.into, list(items))


def _put(data: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """*data* with *value* at *path*; maps on the way are made where there are none."""
    first, rest = path[0], path[1:]
    below = data.get(first)
    return {**data, first: _put(below if isinstance(below, Mapping) else {}, rest, value) if rest else value}


# ------------------------------------------------------------------ occasions


def occasion_of(event: Event, config: Config) -> Occasion | None:
    """The occasion of an event that a source posts, when the gateway might make such an event as well."""
    timing = config.catalog.events[event.type].timing
    subject, zone = event.subject or "", ZoneInfo(config.timezone)
    match timing:
        case Threshold():
            return Occasion(event.type, subject, (), is_threshold=True)
        case Rollup():
            items = lookup(event, timing.into)
            return rollup_occasion(event.type, timing, event.time, items if isinstance(items, list) else [], config)
        case Timer():
            at = moment_of(lookup(event, timing.at), zone, timing.time_of_day)
            if at is None:
                return None
            days = lookup(event, timing.lead_into) if timing.lead_into else MISSING
            lead = next((lead for lead in timing.leads if lead.days == days), None)
            lead = lead or nearest_lead(at, timing.leads, event.time, zone)
            return timer_occasion(event.type, subject, timer_keys(event, timing), at, lead)
    return None


def timer_occasion(event_type: str, subject: str, keys: tuple[str, ...], at: datetime, lead: Lead) -> Occasion:
    """The occasion of a timer of the moment *at*, which counts to the second, and a lead."""
    return Occasion(event_type, subject, (*keys, f"{at:%Y-%m-%dT%H:%M:%SZ}", describe_lead(lead)))


def rollup_occasion(event_type: str, rollup: Rollup, now: datetime, items: Sequence[Any], config: Config) -> Occasion:
    """The occasion of the last time of day at which the rollup was due, and of what it lists.

    A second rollup of the same day is news when it lists others, or one that was closed and is open again.
    """
    zone = ZoneInfo(config.timezone)
    last = last_daily(now, rollup.daily_at, zone)
    names = []
    for item in items:
        name = item
        if isinstance(item, Mapping) and item.get("id") is not None:
            name = item["id"]
            if rollup.since and rollup.since[:-1] == rollup.item:  # the item says since when it is open
                since = moment_of(item.get(rollup.since[-1]), zone)
                name = [name, since and f"{since:%Y-%m-%dT%H:%M:%SZ}"]
        names.append(dumps(name))
    return Occasion(event_type, "", (f"{last:%Y-%m-%d}", digest(*sorted(names))))
