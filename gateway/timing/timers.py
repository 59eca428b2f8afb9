"""When a timer fires: decided at the moment, by what the catalogue says of its leads then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from gateway.model import Lead
from gateway.timing.moments import before

MOMENT_ITSELF = Lead()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a timer does now, and when it must be looked at again."""

    lead: Lead | None
    """The lead that fires now; None: nothing does."""
    next: datetime | None
    """None: the timer is done."""


def decide(at: datetime, leads: Sequence[Lead], looked_at: datetime | None, now: datetime, zone: tzinfo) -> Decision:
    """What the timer of the moment *at* does *now*; *looked_at* is when it was decided before, None: never.

    Of several leads whose time has come since then only the tightest fires: inside the window fires
    once. What is ahead of a moment is not told after it; the moment itself is, however late.
    """
    times = {lead: before(at, lead, zone) for lead in leads}
    come = [lead for lead, time in times.items() if time <= now and (looked_at is None or time > looked_at)]
    coming = [time for time in times.values() if time > now]
    fires = max(come, key=lambda lead: times[lead], default=None)
    if fires is not None and fires != MOMENT_ITSELF and now >= at:
        fires = None
    return Decision(fires, min(coming, default=None))


def first_look(at: datetime, leads: Sequence[Lead], zone: tzinfo) -> datetime:
    """When a timer of the moment *at* must be looked at first; may have passed."""
    return min(before(at, lead, zone) for lead in leads)


def next_look(at: datetime, leads: Sequence[Lead], looked_at: datetime | None, zone: tzinfo) -> datetime | None:
    """When a timer that was decided at *looked_at* must be looked at next; may have passed. None: it is done."""
    times = (before(at, lead, zone) for lead in leads)
    return min((time for time in times if looked_at is None or time > looked_at), default=None)


def nearest_lead(at: datetime, leads: Sequence[Lead], time: datetime, zone: tzinfo) -> Lead:
    """Which of *leads* somebody means who tells of the moment *at* at *time*."""
    return min(leads, key=lambda lead: abs(before(at, lead, zone) - time))
