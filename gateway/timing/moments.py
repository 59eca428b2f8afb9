"""The calendar: moments some days before another, times of day, and how both are said, in a timezone.

Days are those of the calendar: 30 days before nine o'clock is nine o'clock, also when the clocks have changed between.
For local times that a change of the clocks skips or repeats see `gateway.times`.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.model import Lead
from gateway.schedules.working_time import before_working


def before(moment: datetime, lead: Lead, zone: tzinfo) -> datetime:
    """The moment, in UTC, that lies *lead* before *moment*.

    Working time that the schedule does not have in the two years before is counted like any other time.
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
    raise AssertionError("a day has no hour that comes")


def last_daily(now: datetime, time_of_day: time, zone: tzinfo) -> datetime:
    """The last *time_of_day* in *zone* that is not after *now*, in UTC."""
    today = now.astimezone(zone).date()
    for days in range(3):
        moment = datetime.combine(today - timedelta(days=days), time_of_day, zone).astimezone(UTC)
        if moment <= now:
            return moment
    raise AssertionError("a day has no hour that was")


def describe_lead(lead: Lead) -> str:
    """`30 days before`, `15 min before`, `4 working hours before`, `at the moment itself`."""
    if lead.working:
        hours, minutes = divmod(lead.span // timedelta(minutes=1), 60)
        parts = [_count(hours, "working hour")] if hours else []
        return " ".join([*parts, *([_count(minutes, "working minute")] if minutes else [])]) + " before"
    length = " ".join([*([_days(lead.days)] if lead.days else []), *([describe_span(lead.span)] if lead.span else [])])
    return f"{length} before" if length else "at the moment itself"


def describe_due(at: datetime, lead: Lead, zone: tzinfo) -> str:
    """When *lead* before *at* is: `15 min before`; of working time also the moment that it comes to."""
    if not lead.schedule:
        return describe_lead(lead)
    local = before(at, lead, zone).astimezone(zone)
    return f"{describe_lead(lead)} by {lead.working}, on {local:%a %Y-%m-%d %H:%M}"


def describe_left(at: datetime, now: datetime, zone: tzinfo) -> str:
    """How long it is *now* until *at*: `15 min`, `2 h 5 min`, `30 days` of the calendar; empty when that has come."""
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if at - now > timedelta(days=1) and days > 1:
        return _days(days)
    minutes = round((at - now) / timedelta(minutes=1))
    return describe_span(timedelta(minutes=minutes)) if minutes > 0 else ""


def describe_span(span: timedelta) -> str:
    """`1 h 30 min`, `5 min`, `2 s`, `7 days`."""
    minutes, seconds = divmod(span.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    parts = [_days(days)] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{seconds:g} s"] if seconds or not parts else []
    return " ".join(parts)


def _days(count: int) -> str:
    return _count(count, "day")


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
