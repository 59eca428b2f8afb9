"""Working time: hours that count only inside a schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gateway.model import DateRange
from gateway.schedules.working_time import after_working, before_working
from tests.support.schedules import DENVER, schedule, wall

OFFICE = schedule("08:00-18:00", days="mon tue wed thu fri")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        ("2026-11-30 09:40", 4, "2026-11-27 15:40"),  # Monday: 1:40 of it, the rest on Friday
        ("2026-11-30 17:00", 4, "2026-11-30 13:00"),
        ("2026-11-28 12:00", 1, "2026-11-27 17:00"),  # Saturday
        ("2026-11-30 08:00", 10, "2026-11-27 08:00"),
        ("2026-03-09 09:00", 2, "2026-03-06 17:00"),  # over the change of the clocks
        ("2026-11-27 12:00", 50, "2026-11-20 12:00"),
    ],
)
def test_hours_before_a_moment_count_only_inside_the_schedule(moment: str, hours: int, expected: str) -> None:
    assert before_working(wall(moment, DENVER), hours * HOUR, OFFICE) == wall(expected, DENVER)


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        ("2026-11-27 15:40", 4, "2026-11-30 09:40"),
        ("2026-11-28 12:00", 1, "2026-11-30 09:00"),
        ("2026-11-27 08:00", 10, "2026-11-27 18:00"),
    ],
)
def test_hours_after_a_moment_count_only_inside_the_schedule(moment: str, hours: int, expected: str) -> None:
    assert after_working(wall(moment, DENVER), hours * HOUR, OFFICE) == wall(expected, DENVER)


def test_a_schedule_with_too_little_time_gives_no_answer() -> None:
    never = schedule(dates=(DateRange(date(2020, 1, 1), date(2020, 1, 1)),))
    assert before_working(wall("2026-11-27 15:40", DENVER), HOUR, never) is None
    assert after_working(wall("2026-11-27 15:40", DENVER), HOUR, never) is None
