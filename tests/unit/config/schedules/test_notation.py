"""How days, hours, dates and handovers are written, and what is said of what is not one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from gateway.config.schedules.notation import (
    parse_dates,
    parse_days,
    parse_handovers,
    parse_hours,
    parse_moment,
    parse_time,
)
from gateway.model import DateRange, Handover, Hours
from tests.support.schedules import DENVER, utc


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {0}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Sat-sun", {5, 6}),
        ("sun-sat", set(range(7))),
    ],
)
def test_days_are_names_ranges_or_lists_of_them(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


def test_times_and_hours_are_parsed() -> None:
    assert parse_time("09:05") == time(9, 5)
    assert parse_hours(["08:00", "18:00"]) == Hours(time(8), time(18))
    assert parse_hours(["08:00", "24:00"]) == Hours(time(8), time(0))


def test_dates_and_ranges_of_dates_are_parsed() -> None:
    assert parse_dates("2026-12-24") == DateRange(date(2026, 12, 24), date(2026, 12, 24))
    assert parse_dates("2026-12-24..2026-12-26") == DateRange(date(2026, 12, 24), date(2026, 12, 26))
    assert parse_dates("12-24..01-02") == DateRange(date(2000, 12, 24), date(2000, 1, 2), is_yearly=True)
    assert parse_dates("02-29") == DateRange(date(2000, 2, 29), date(2000, 2, 29), is_yearly=True)


def test_handovers_are_parsed() -> None:
    assert parse_handovers("09:00") == [Handover(time(9))]
    assert parse_handovers("mon 09:00") == [Handover(time(9), weekday=0)]
    assert parse_handovers("sat-sun 09:00") == [Handover(time(9), weekday=5), Handover(time(9), weekday=6)]
    assert parse_handovers("31 09:00") == [Handover(time(9), day_of_month=31)]


def test_moments_are_on_the_wall_clock() -> None:
    assert parse_moment("2026-12-24 09:00", DENVER) == utc("2026-12-24T16:00")
    assert parse_moment("2026-11-30", DENVER, time(9)) == utc("2026-11-30T16:00")
    assert parse_moment("2026-03-08 02:30", DENVER) == utc("2026-03-08T09:00"), "the first instant after the gap"


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (parse_days, "monday", "'monday' is not a weekday"),
        (parse_days, "mon-", "'mon-' is not a weekday"),
        (parse_time, "9:00", "'9:00' is not a time of day"),
        (parse_time, "24:00", "'24:00' is not a time of day"),
        (parse_hours, ["08:00"], "expected a start and an end"),
        (parse_dates, "2027-02-29", "'2027-02-29' is not a date"),
        (parse_dates, "2026-12-26..2026-12-24", "ends before it starts"),
        (parse_dates, "13-01", "'13-01' is not a date"),
        (parse_handovers, "mon", "'mon' is not a handover"),
        (parse_handovers, "32 09:00", "'32 09:00' is not a handover"),
        (parse_moment, "24.12.2026", "is not a local date or time"),
        (parse_moment, "2026-12-24T09:00Z", "is not a local date or time"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_would_be_right(
    parse: Callable[..., Any], value: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        parse(*([value, DENVER] if parse is parse_moment else [value]))
