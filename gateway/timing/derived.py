"""The events that the gateway makes itself, and their data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.model import Event, EventType, Lead, Path, Rollup, Timer


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
