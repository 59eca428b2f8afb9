"""When timers and rollups are due, which lead of a timer fires now, and how instants and durations are put into words.

Days are calendar days: 30 days before nine o'clock is nine o'clock, even if the clocks changed in between. Local times
that a change of the clocks skips or repeats are explained in `gateway.times`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.durations import describe_span
from gateway.model import Lead
from gateway.schedules.working_time import before_working

MOMENT_ITSELF = Lead()


def before(moment: datetime, lead: Lead, zone: tzinfo) -> datetime:
    """The moment, in UTC, that lies *lead* before *moment*.

    A lead in working time is counted in ordinary time if the schedule has too little working time in the two years
    before *moment*.
    """
    if lead.schedule:
        return before_working(moment, lead.span, lead.schedule) or moment - lead.span
    if lead.days:
        local = moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=lead.days)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment - lead.span


def next_daily(now: datetime, time_of_day: time, zone: tzinfo) -> datetime:
    """The next *time_of_day* in *zone* after *now*, in UTC."""
    today = now.astimezone(zone).date()
    for days in range(3):
        moment = datetime.combine(today + timedelta(days=days), time_of_day, zone).astimezone(UTC)
        if moment > now:
            return moment
    raise AssertionError("no such time of day within three days")


def last_daily(now: datetime, time_of_day: time, zone: tzinfo) -> datetime:
    """The last *time_of_day* in *zone* that is not after *now*, in UTC."""
    today = now.astimezone(zone).date()
    for days in range(3):
        moment = datetime.combine(today - timedelta(days=days), time_of_day, zone).astimezone(UTC)
        if moment <= now:
            return moment
    raise AssertionError("no such time of day within three days")


# ------------------------------------------------------------------ the leads of a timer


@dataclass(frozen=True, slots=True)
class Decision:
    """Which lead of a timer fires now, and when the timer must be evaluated again."""

    lead: Lead | None
    """The lead that fires now; None if none does."""
    next: datetime | None
    """When to evaluate the timer again; None if it is done."""


def decide(at: datetime, leads: Sequence[Lead], looked_at: datetime | None, now: datetime, zone: tzinfo) -> Decision:
    """Which lead of a timer for the moment *at* fires *now*. *looked_at* is when the timer was last evaluated, or None.

    If several leads have become due since then, only the one closest to *at* fires, and it fires once. After *at* has
    passed, the leads before it no longer fire; the lead at the moment itself does, however late it is evaluated.
    """
    times = {lead: before(at, lead, zone) for lead in leads}
    due = [lead for lead, time in times.items() if time <= now and (looked_at is None or time > looked_at)]
    upcoming = [time for time in times.values() if time > now]
    fires = max(due, key=lambda lead: times[lead], default=None)
    if fires is not None and fires != MOMENT_ITSELF and now >= at:
        fires = None
    return Decision(fires, min(upcoming, default=None))


def first_look(at: datetime, leads: Sequence[Lead], zone: tzinfo) -> datetime:
    """When a timer for the moment *at* must be evaluated first; this may lie in the past."""
    return min(before(at, lead, zone) for lead in leads)


def next_look(at: datetime, leads: Sequence[Lead], looked_at: datetime | None, zone: tzinfo) -> datetime | None:
    """When a timer that was evaluated at *looked_at* must be evaluated next, which may lie in the past; None if it is
    done."""
    times = (before(at, lead, zone) for lead in leads)
    return min((time for time in times if looked_at is None or time > looked_at), default=None)


def nearest_lead(at: datetime, leads: Sequence[Lead], time: datetime, zone: tzinfo) -> Lead:
    """The lead whose time is closest to *time*: a source that reports the moment *at* at that time means this lead."""
    return min(leads, key=lambda lead: abs(before(at, lead, zone) - time))


# ------------------------------------------------------------------ in words


def describe_lead(lead: Lead) -> str:
    """`30 days before`, `15 min before`, `4 working hours before`, `at the moment itself`."""
    if lead.working:
        hours, minutes = divmod(lead.span // timedelta(minutes=1), 60)
        parts = [_count(hours, "working hour")] if hours else []
        return " ".join([*parts, *([_count(minutes, "working minute")] if minutes else [])]) + " before"
    spans = (timedelta(days=lead.days), lead.span)
    length = " ".join(describe_span(span) for span in spans if span)
    return f"{length} before" if length else "at the moment itself"


def describe_due(at: datetime, lead: Lead, zone: tzinfo) -> str:
    """When *lead* is due: `15 min before`. For a lead in working time, the instant is appended."""
    if not lead.schedule:
        return describe_lead(lead)
    local = before(at, lead, zone).astimezone(zone)
    return f"{describe_lead(lead)} by {lead.working}, on {local:%a %Y-%m-%d %H:%M}"


def describe_left(at: datetime, now: datetime, zone: tzinfo) -> str:
    """The time left from *now* until *at*: `15 min`, `2 h 5 min`, or calendar days: `30 days`. Empty once *at* has
    come."""
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if at - now > timedelta(days=1) and days > 1:
        return describe_span(timedelta(days=days))
    minutes = round((at - now) / timedelta(minutes=1))
    return describe_span(timedelta(minutes=minutes)) if minutes > 0 else ""


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
