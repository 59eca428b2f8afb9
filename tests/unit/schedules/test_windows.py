"""Schedules at frozen times: weekdays, nights, weeks of the month, dates, and both changes of the clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gateway.model import DateRange, Schedule, Window
from gateway.schedules.windows import describe, is_inside, next_window, windows_between, windows_of_day
from tests.support.schedules import BERLIN, DENVER, LORD_HOWE, schedule, utc, wall

WORKDAYS = "mon tue wed thu fri"


@pytest.mark.parametrize(
    ("times", "now", "expected"),
    [
        (schedule("08:00-18:00", days=WORKDAYS), "2026-11-27 07:59:59", False),
        (schedule("08:00-18:00", days=WORKDAYS), "2026-11-27 08:00", True),
        (schedule("08:00-18:00", days=WORKDAYS), "2026-11-27 17:59:59", True),
        (schedule("08:00-18:00", days=WORKDAYS), "2026-11-27 18:00", False),
        (schedule("08:00-18:00", days=WORKDAYS), "2026-11-28 12:00", False),
        (schedule("22:00-06:00", days="fri"), "2026-11-28 03:00", True),
        (schedule("22:00-06:00", days="fri"), "2026-11-28 23:00", False),
        (schedule("22:00-06:00", days="fri"), "2026-11-27 03:00", False),
        (schedule("22:00-02:00", days="tue", weeks_of_month=frozenset({2})), "2026-12-08 22:00", True),
        (schedule("22:00-02:00", days="tue", weeks_of_month=frozenset({2})), "2026-12-09 01:59", True),
        (schedule("22:00-02:00", days="tue", weeks_of_month=frozenset({2})), "2026-12-01 23:00", False),
        (schedule(days="fri", weeks_of_month=frozenset({-1})), "2026-11-27 12:00", True),
        (schedule(days="fri", weeks_of_month=frozenset({-1})), "2026-11-20 12:00", False),
        (schedule(dates=(DateRange(date(2026, 12, 24), date(2026, 12, 26)),)), "2026-12-26 23:59", True),
        (schedule(dates=(DateRange(date(2026, 12, 24), date(2026, 12, 26)),)), "2027-12-24 12:00", False),
        (schedule(dates=(DateRange(date(2000, 12, 24), date(2000, 1, 2), True),)), "2027-01-02 12:00", True),
        (schedule(dates=(DateRange(date(2000, 12, 24), date(2000, 1, 2), True),)), "2027-01-03 00:00", False),
        (schedule("08:00-12:00", "13:00-17:00"), "2026-11-27 12:30", False),
        (schedule("08:00-12:00", "13:00-17:00"), "2026-11-27 13:00", True),
        (schedule("08:00-00:00"), "2026-11-27 23:59:59", True),
        (schedule("08:00-00:00"), "2026-11-28 00:00", False),
    ],
)
def test_an_instant_is_inside_from_the_start_up_to_the_end(times: Schedule, now: str, expected: bool) -> None:
    assert is_inside(times, wall(now, DENVER)) is expected


def test_nine_o_clock_stays_nine_o_clock_over_both_changes_of_the_clocks() -> None:
    office = schedule("09:00-17:00")
    starts = [windows_of_day(office, date(2026, *day))[0].start for day in ((3, 7), (3, 8), (10, 31), (11, 1))]
    assert starts == [
        utc("2026-03-07T16:00"),
        utc("2026-03-08T15:00"),
        utc("2026-10-31T15:00"),
        utc("2026-11-01T16:00"),
    ]


@pytest.mark.parametrize(
    ("times", "day", "minutes"),
    [
        (schedule("02:00-02:30"), date(2026, 3, 8), 0),
        (schedule("02:00-02:30", zone=LORD_HOWE), date(2026, 10, 4), 0),
        (schedule("01:15-02:45", zone=LORD_HOWE), date(2026, 10, 4), 60),
        (schedule("01:15-02:45", zone=LORD_HOWE), date(2026, 4, 5), 120),
        (schedule("01:15-02:45", zone=LORD_HOWE), date(2026, 4, 6), 90),
        (schedule("00:00-00:00", zone=BERLIN), date(2026, 3, 29), 23 * 60),
        (schedule("00:00-00:00", zone=BERLIN), date(2026, 10, 25), 25 * 60),
    ],
)
def test_a_window_whose_ends_meet_in_a_gap_is_left_out_and_others_last_as_the_clock_says(
    times: Schedule, day: date, minutes: int
) -> None:
    windows = windows_of_day(times, day)
    assert sum((window.end - window.start for window in windows), timedelta()) == timedelta(minutes=minutes)
    assert bool(windows) is bool(minutes)


def test_windows_that_adjoin_in_a_doubled_hour_overlap_rather_than_leave_a_gap() -> None:
    evening, night = schedule("22:00-01:30"), schedule("01:30-06:00")
    (before,) = windows_of_day(evening, date(2026, 10, 31))
    (after,) = windows_of_day(night, date(2026, 11, 1))
    assert (after.start, before.end) == (utc("2026-11-01T07:30"), utc("2026-11-01T08:30"))


def test_windows_that_meet_are_one() -> None:
    week = schedule(days=WORKDAYS)
    start, end = wall("2026-11-20 12:00", DENVER), wall("2026-11-29 12:00", DENVER)
    assert list(windows_between(week, start, end)) == [
        Window(start, wall("2026-11-21 00:00", DENVER)),
        Window(wall("2026-11-23 00:00", DENVER), wall("2026-11-28 00:00", DENVER)),
    ]


def test_a_window_that_ends_with_the_stretch_is_given_once() -> None:
    office = schedule("08:00-18:00")
    start, end = wall("2026-11-27 18:00", DENVER), wall("2026-11-28 18:00", DENVER)
    assert [window.start for window in windows_between(office, start, end)] == [wall("2026-11-28 08:00", DENVER)]


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ("2026-11-27 12:00", "inside business-hours (routes/when.yaml:1)"),
        ("2026-11-28 12:00", "outside business-hours: Saturday (routes/when.yaml:1)"),
        ("2026-11-27 19:30", "outside business-hours: 19:30 MST (routes/when.yaml:1)"),
    ],
)
def test_the_reason_names_the_schedule_and_what_decided(now: str, why: str) -> None:
    business_hours = schedule("08:00-18:00", days=WORKDAYS, name="business-hours")
    assert describe(business_hours, wall(now, DENVER)) == why


def test_the_next_window_is_the_one_that_holds_or_the_one_to_come() -> None:
    office = schedule("08:00-18:00", days=WORKDAYS)
    week = timedelta(days=7)

    def start_of_next(now: datetime) -> datetime | None:
        window = next_window(office, now, week)
        return window and window.start

    assert start_of_next(wall("2026-11-27 12:00", DENVER)) == wall("2026-11-27 12:00", DENVER)
    assert start_of_next(wall("2026-11-27 19:00", DENVER)) == wall("2026-11-30 08:00", DENVER)
    never = schedule(dates=(DateRange(date(2020, 1, 1), date(2020, 1, 1)),))
    assert next_window(never, wall("2026-11-27 19:00", DENVER), week) is None
