"""Parses the notation of days, hours, dates and handovers: `mon-fri`, `["08:00", "18:00"]`, `12-24..01-02`, `mon
09:00`.

Each function raises ValueError with a phrase that says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from gateway.model import DateRange, Handover, Hours
from gateway.quoting import quote
from gateway.schedules.wall_clock import first_instant
from gateway.times import YEARS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
DATE, MONTH_AND_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{2}-[0-9]{2}")
LEAP_YEAR = 2000
"""The year in which dates that recur every year are stored; a leap year, so that 29 February is possible."""
MIDNIGHT_AT_END = "24:00"


def parse_time(text: str) -> time:
    """`09:00`"""
    match = TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{quote(text)} is not a time of day: expected one from '00:00' to '23:59'")
    return time(int(match[1]), int(match[2]))


def parse_hours(between: Sequence[str]) -> Hours:
    """`["08:00", "18:00"]`; an end of `24:00` is midnight at the end of the day."""
    if len(between) != 2:
        raise ValueError('expected a start and an end, such as ["08:00", "18:00"]')
    start, end = between
    return Hours(parse_time(start), time(0) if end == MIDNIGHT_AT_END else parse_time(end))


def parse_days(text: str) -> frozenset[int]:
    """`mon`, `mon-fri`, `fri-mon` (over the weekend); Monday is 0."""
    first, dash, last = text.lower().partition("-")
    if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
        raise ValueError(f"{quote(text)} is not a weekday: expected one such as mon, or a range such as mon-fri")
    begin = WEEKDAYS.index(first)
    count = (WEEKDAYS.index(last) - begin) % len(WEEKDAYS) if dash else 0
    return frozenset((begin + offset) % len(WEEKDAYS) for offset in range(count + 1))


def parse_dates(text: str) -> DateRange:
    """`2026-12-24`, `2026-12-24..2026-12-26`; without a year (`12-24..01-02`), dates that recur every year."""
    first, dots, last = text.partition("..")
    try:
        if MONTH_AND_DAY.fullmatch(first):
            days = [_parse_date(f"{LEAP_YEAR}-{part}") for part in (first, last if dots else first)]
            return DateRange(days[0], days[1], is_yearly=True)
        dates = DateRange(_parse_date(first), _parse_date(last if dots else first))
    except ValueError:
        raise ValueError(
            f"{quote(text)} is not a date: expected one such as '2026-12-24', '12-24' for every year, or two with '..'"
        ) from None
    if dates.last < dates.first:
        raise ValueError(f"{quote(text)} ends before it starts")
    return dates


def _parse_date(text: str) -> date:
    """`2026-12-24`, in one of the years that are supported. Raises: ValueError."""
    if not DATE.fullmatch(text) or int(text[:4]) not in YEARS:
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_handovers(text: str) -> list[Handover]:
    """`09:00` (every day), `mon 09:00`, `mon-fri 09:00` (five handovers), `31 09:00` (a day of the month)."""
    day, _, at = text.rpartition(" ")
    try:
        when = parse_time(at)
        if not day:
            return [Handover(when)]
        if day.isdecimal() and 1 <= int(day) <= 31:
            return [Handover(when, day_of_month=int(day))]
        return [Handover(when, weekday=weekday) for weekday in sorted(parse_days(day))]
    except ValueError:
        raise ValueError(
            f"{quote(text)} is not a handover: expected one such as 'mon 09:00', 'mon-fri 09:00', '09:00' or '31 09:00'"
        ) from None


def parse_moment(text: str, zone: ZoneInfo, at: time = time(0)) -> datetime:
    """`2026-12-24 09:00`, or `2026-12-24` with the time of day *at*, as local time in *zone*."""
    day, _, wall = text.partition(" ")
    try:
        return first_instant(_parse_date(day), parse_time(wall) if wall else at, zone)
    except ValueError:
        raise ValueError(
            f"{quote(text)} is not a local date or time: expected one such as '2026-12-24' or '2026-12-24 09:00'"
        ) from None
