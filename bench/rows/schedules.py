"""How many decisions a second a schedule allows whose calendar is an iCalendar file of 1,000 events."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.config.load import load
from gateway.model import Schedule
from gateway.schedules.windows import describe, is_inside
from rows.base import ENVIRON, ROUTES, Figure, write_config

EVENTS = 1_000
RECURRING = 10
"""One of so many events recurs weekly, and one of so many takes whole days."""
DECISIONS = 100_000
YEAR = 2027
START = datetime(YEAR, 1, 1, tzinfo=UTC)

CONFIGURATION = {
    **ROUTES,
    "timezone": "America/Denver",
    "calendars": {"office": {"ics": "office.ics"}},
    "schedules": {"business-hours": {"days": "mon-fri", "between": ["08:00", "18:00"], "skip": ["office"]}},
}


def decisions(divisor: int) -> Sequence[Figure]:
    """Decisions of one thread; a decision is what an event asks of a schedule."""
    count = max(1_000, DECISIONS // divisor)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = write_config(Path(name) / "config", CONFIGURATION)
        (folder / "office.ics").write_text(_calendar(max(RECURRING, EVENTS // divisor)))
        schedule = load(folder, ENVIRON).schedules["business-hours"]
        began = time.perf_counter()
        is_inside(schedule, START)
        first_s = time.perf_counter() - began
    in_order = [START + timedelta(seconds=number) for number in range(count)]
    randomness = random.Random(1)
    at_random = [START + timedelta(minutes=randomness.randrange(365 * 24 * 60)) for _ in range(count)]
    return [
        Figure("the first decision of a year", first_s * 1e3, "ms"),
        Figure("whether it is open, at this second and the next", _rate(is_inside, schedule, in_order), "decisions/s"),
        Figure("the same at any minute of the year", _rate(is_inside, schedule, at_random), "decisions/s"),
        Figure("and why, in words", _rate(describe, schedule, at_random), "decisions/s"),
    ]


def _rate(decide: Callable[[Schedule, datetime], object], schedule: Schedule, instants: Sequence[datetime]) -> float:
    began = time.perf_counter()
    for instant in instants:
        decide(schedule, instant)
    return len(instants) / (time.perf_counter() - began)


def _calendar(count: int) -> str:
    """*count* events over a year: appointments of an hour, some of them weekly, and whole days."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN"]
    for number in range(count):
        begins = START + timedelta(days=number * 365 // count, hours=14 + number % 8)
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"SUMMARY:Event {number}"]
        if number % RECURRING == 1:
            lines += [f"DTSTART;VALUE=DATE:{begins:%Y%m%d}"]
        else:
            lines += [f"DTSTART:{begins:%Y%m%dT%H%M%SZ}", f"DTEND:{begins + timedelta(hours=1):%Y%m%dT%H%M%SZ}"]
            lines += ["RRULE:FREQ=WEEKLY"] if number % RECURRING == 0 else []
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])
