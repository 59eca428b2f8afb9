"""Moments and the calendar: dates as sources write them, days before them, hours of the day, in a timezone.

Days are those of the calendar: 30 days before nine o'clock is nine o'clock, also when the clocks have
changed between. A local time that the change skips is taken as if it had not been skipped, and of one
that comes twice the first is meant (PEP 495, `fold=0`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from gateway.model import Lead

DATE = len("2026-12-31")
YEARS = range(1900, 9000)
"""Of moments that a timer can have; what is outside is no date that anybody means."""


def moment_of(value: Any, time_of_day: time, zone: tzinfo) -> datetime | None:
    """The moment that an ISO 8601 text means, in UTC; None when it means none.

    A date is *time_of_day* of that day in *zone*; a time without an offset is one of *zone*.
    """
    if not isinstance(value, str):
        return None
    try:
        if len(value) == DATE:
            found = datetime.combine(date.fromisoformat(value), time_of_day)
        else:
            found = datetime.fromisoformat(value)
        moment = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None


def before(moment: datetime, lead: Lead, zone: tzinfo) -> datetime:
    """The moment, in UTC, that lies *lead* before *moment*."""
    if lead.days:
        local = moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=lead.days)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment - lead.span


def next_daily(now: datetime, time_of_day: time, zone: tzinfo) -> datetime:
    """The next *time_of_day* in *zone* after *now*, in UTC."""
    today = now.astimezone(zone).date()
    for days in range(3):
        found = datetime.combine(today + timedelta(days=days), time_of_day, zone).astimezone(UTC)
        if found > now:
            return found
    raise AssertionError("a day has no hour that comes")


def last_daily(now: datetime, time_of_day: time, zone: tzinfo) -> datetime:
    """The last *time_of_day* in *zone* that is not after *now*, in UTC."""
    today = now.astimezone(zone).date()
    for days in range(3):
        found = datetime.combine(today - timedelta(days=days), time_of_day, zone).astimezone(UTC)
        if found <= now:
            return found
    raise AssertionError("a day has no hour that was")


def lead_in_words(lead: Lead) -> str:
    """`30 days before`, `15 min before`, `at the moment itself`."""
    length = " ".join([*([_days(lead.days)] if lead.days else []), *([span_in_words(lead.span)] if lead.span else [])])
    return f"{length} before" if length else "at the moment itself"


def span_in_words(span: timedelta) -> str:
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
    return "1 day" if count == 1 else f"{count} days"
