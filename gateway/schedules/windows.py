"""Schedules: their windows on a day, and whether an instant is inside one of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from gateway.model import Schedule, Window
from gateway.schedules.wall_clock import first_instant, last_instant

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_CACHED_DAYS = 4096
DAYS_AHEAD = timedelta(days=3)
"""How far before and after now decisions are prepared."""
INSTANT = timedelta(microseconds=1)


def is_inside(schedule: Schedule, now: datetime) -> bool:
    """Whether *now* is in a window of *schedule*."""
    today = now.astimezone(schedule.timezone).date()
    # A window may have begun on the day before, and end after midnight.
    return any(
        window.start <= now < window.end for day in (today, today - ONE_DAY) for window in windows_of_day(schedule, day)
    )


def is_inside_any(schedules: Iterable[Schedule], now: datetime) -> bool:
    return any(is_inside(schedule, now) for schedule in schedules)


def describe(schedule: Schedule, now: datetime) -> str:
    """Why *now* is inside or outside, with the place in the YAML: `outside nights: Saturday (routes/a.yaml:3)`."""
    if is_inside(schedule, now):
        return f"inside {schedule.name} ({schedule.place.file}:{schedule.place.line})"
    local = now.astimezone(schedule.timezone)
    titles = [
        f"{appointment.title} ({calendar.name})"
        for calendar in schedule.skip
        for appointment in calendar.appointments(Window(now, now + INSTANT))
    ]
    reason = why_closed(schedule, local.date()) or (titles[0] if titles else f"{local:%H:%M} {local.tzname()}")
    return f"outside {schedule.name}: {reason} ({schedule.place.file}:{schedule.place.line})"


def expand_calendars(schedules: Iterable[Schedule], now: datetime) -> None:
    """Expands the calendars of *schedules* for the days around *now* in advance, since expanding a year may take a
    second."""
    for schedule in schedules:
        today = now.astimezone(schedule.timezone).date()
        for calendar in (*schedule.skip, *schedule.only):
            calendar.whole_day(today - DAYS_AHEAD)
            calendar.whole_day(today + DAYS_AHEAD)


@lru_cache(maxsize=MAX_CACHED_DAYS)
def windows_of_day(schedule: Schedule, day: date) -> tuple[Window, ...]:
    """The windows of *schedule* that begin on *day*, without the times that its calendars exclude."""
    if why_closed(schedule, day) is not None:
        return ()
    windows: list[Window] = []
    for hours in schedule.hours:
        last_day = day if hours.end > hours.start else day + ONE_DAY
        start = first_instant(day, hours.start, schedule.timezone)
        end = last_instant(last_day, hours.end, schedule.timezone)
        if start >= end:  # both ends may be in one gap of the clocks
            continue
        parts = [Window(start, end)]
        for calendar in schedule.skip:
            for appointment in calendar.appointments(Window(start, end)):
                parts = [remainder for part in parts for remainder in part.without(appointment.window)]
        windows += parts
    return tuple(windows)


def windows_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Window]:
    """The parts of the windows between *start* and *end*, in order; windows that meet or overlap are joined."""
    pending: Window | None = None
    last_day = end.astimezone(schedule.timezone).date()
    day = start.astimezone(schedule.timezone).date() - ONE_DAY  # its windows may extend into this day
    while day <= last_day:
        for whole in sorted(windows_of_day(schedule, day), key=lambda window: window.start):
            window = Window(max(whole.start, start), min(whole.end, end))
            if window.start >= window.end:
                continue
            if pending is None:
                pending = window
            elif window.start <= pending.end:
                pending = Window(pending.start, max(pending.end, window.end))
            else:
                yield pending
                pending = window
        day += ONE_DAY
    if pending is not None:
        yield pending


def why_closed(schedule: Schedule, day: date) -> str | None:
    """Why no window begins on *day*: its weekday, its date or a calendar; None if one may begin."""
    if day.weekday() not in schedule.weekdays:
        return WEEKDAYS[day.weekday()]
    if schedule.weeks_of_month:
        days_left = monthrange(day.year, day.month)[1] - day.day
        if not schedule.weeks_of_month & {(day.day - 1) // 7 + 1, -(days_left // 7 + 1)}:
            return f"{WEEKDAYS[day.weekday()]} {day.isoformat()} is in another week of the month"
    if schedule.dates and not any(day in dates for dates in schedule.dates):
        return f"{day.isoformat()} is not one of its dates"
    for calendar in schedule.skip:
        title = calendar.whole_day(day)
        if title is not None:
            return f"{title} ({calendar.name})"
    if schedule.only and not any(calendar.whole_day(day) is not None for calendar in schedule.only):
        return f"{day.isoformat()} is in none of {', '.join(calendar.name for calendar in schedule.only)}"
    return None


def next_window(schedule: Schedule, now: datetime, within: timedelta) -> Window | None:
    """The rest of the window that contains *now*, otherwise the next one; None if none begins *within* that time."""
    return next(windows_between(schedule, now, now.astimezone(UTC) + within), None)


def why_barred(during: Sequence[Schedule], not_during: Sequence[Schedule], now: datetime, verb: str) -> str | None:
    """Why something that needs *during*, and excludes *not_during*, does not happen at *now*; None if it does.

    *verb* says what does not happen: `fire`.
    """
    if during and not is_inside_any(during, now):
        return " and ".join(describe(schedule, now) for schedule in during)
    barring = next((schedule for schedule in not_during if is_inside(schedule, now)), None)
    return f"{describe(barring, now)}, during which it does not {verb}" if barring else None
