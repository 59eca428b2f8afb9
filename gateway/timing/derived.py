"""Events that the gateway derives: their data, and the occasion of each.

The occasion identifies an event: if the gateway derives one and a source posts the same, only one is sent.
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
    """An event that the gateway derives *now* from what *source* has posted."""
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
    """The data of an event that *timer* derives: what is known of its subject, and the lead."""
    return _put(facts, timer.lead_into, lead.days) if timer.lead_into else dict(facts)


def rollup_data(rollup: Rollup, items: Sequence[Any]) -> dict[str, Any]:
    return _put({}, rollup.into, list(items))


def _put(data: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """*data* with *value* at *path*; missing maps on the path are added."""
    first, rest = path[0], path[1:]
    below = data.get(first)
    return {**data, first: _put(below if isinstance(below, Mapping) else {}, rest, value) if rest else value}


# ------------------------------------------------------------------ occasions


def occasion_of(event: Event, config: Config) -> Occasion | None:
    """The occasion of an event that a source posts, if the gateway might derive the same event."""
    timing = config.catalog.events[event.type].timing
    if timing is None:
        return None
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
            # A source may say which lead it means. Otherwise it means the one at whose time it posts.
            days = lookup(event, timing.lead_into) if timing.lead_into else MISSING
            lead = next((lead for lead in timing.leads if lead.days == days), None)
            lead = lead or nearest_lead(at, timing.leads, event.time, zone)
            return timer_occasion(event.type, subject, timer_keys(event, timing), at, lead)


def timer_occasion(event_type: str, subject: str, keys: tuple[str, ...], at: datetime, lead: Lead) -> Occasion:
    """The occasion of a lead of a timer for the moment *at*, which counts to the second."""
    return Occasion(event_type, subject, (*keys, f"{at:%Y-%m-%dT%H:%M:%SZ}", describe_lead(lead)))


def rollup_occasion(event_type: str, rollup: Rollup, now: datetime, items: Sequence[Any], config: Config) -> Occasion:
    """The occasion of a rollup: the last time of day at which it was due, and what it lists.

    A second rollup on the same day counts as new if it lists other items, or one that was closed and reopened.
    """
    zone = ZoneInfo(config.timezone)
    last = last_daily(now, rollup.daily_at, zone)
    names = []
    for item in items:
        name = item
        if isinstance(item, Mapping) and item.get("id") is not None:
            name = item["id"]
            if rollup.since and rollup.since[:-1] == rollup.item:  # the item contains the time since when it is open
                since = moment_of(item.get(rollup.since[-1]), zone)
                name = [name, since and f"{since:%Y-%m-%dT%H:%M:%SZ}"]
        names.append(dumps(name))
    return Occasion(event_type, "", (f"{last:%Y-%m-%d}", digest(*sorted(names))))
