"""Moments and the calendar, over the changes of the clocks and the edges of months."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.durations import describe_span, parse_span
from gateway.model import Lead
from gateway.timing.moments import before, describe_lead, describe_left, last_daily, next_daily

DENVER = ZoneInfo("America/Denver")
BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "lead", "expected"),
    [
        # the clocks of Denver go forward on 2026-03-08 and back on 2026-11-01
        ("2026-03-20T15:00", Lead(days=15), "2026-03-05T16:00"),  # nine o'clock stays nine o'clock
        ("2026-11-10T16:00", Lead(days=15), "2026-10-26T15:00"),
        ("2026-03-08T16:30", Lead(span=timedelta(hours=8)), "2026-03-08T08:30"),  # hours are hours
        ("2026-04-07T08:30", Lead(days=30), "2026-03-08T09:30"),  # 02:30 does not exist that day: 03:30
        ("2026-12-01T08:30", Lead(days=30), "2026-11-01T07:30"),  # 01:30 comes twice: the first
        # months and years
        ("2028-03-30T15:00", Lead(days=30), "2028-02-29T16:00"),  # leap day
        ("2027-03-30T15:00", Lead(days=30), "2027-02-28T16:00"),
        ("2026-03-31T15:00", Lead(days=30), "2026-03-01T16:00"),
        ("2027-01-30T16:00", Lead(days=60), "2026-12-01T16:00"),
        ("2026-11-24T17:00", Lead(span=timedelta(minutes=15)), "2026-11-24T16:45"),
        ("2026-11-24T17:00", Lead(), "2026-11-24T17:00"),
    ],
)
def test_days_are_those_of_the_calendar_and_hours_are_hours(moment: str, lead: Lead, expected: str) -> None:
    assert before(utc(moment), lead, DENVER) == utc(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T06:59:59", "2026-11-23T07:00"),
        ("2026-11-23T07:00", "2026-11-24T07:00"),
        ("2026-03-28T12:00", "2026-03-29T06:00"),  # the clocks go forward that night
        ("2026-10-24T12:00", "2026-10-25T07:00"),  # and back
        ("2026-12-31T23:30", "2027-01-01T07:00"),
    ],
)
def test_the_next_eight_o_clock_is_by_the_local_clock(now: str, expected: str) -> None:
    found = next_daily(utc(now), time(8), BERLIN)
    assert found == utc(expected)
    assert last_daily(found, time(8), BERLIN) == found
    assert last_daily(found - timedelta(seconds=1), time(8), BERLIN) <= utc(now)


@pytest.mark.parametrize("hour", ["02:30", "01:30"])
def test_every_day_has_one_look_though_the_clocks_change(hour: str) -> None:
    """Over a year, whichever hour is skipped or comes twice."""
    now, seen = utc("2026-01-01T00:00"), []
    while now < utc("2027-01-01T00:00"):
        now = next_daily(now, time.fromisoformat(hour), DENVER)
        seen.append(now)
    gaps = {later - earlier for earlier, later in pairwise(seen)}
    assert gaps <= {timedelta(hours=hours) for hours in (23, 24, 25)}
    assert len({moment.astimezone(DENVER).date() for moment in seen}) == len(seen)


def test_leads_and_spans_in_words() -> None:
    assert describe_lead(Lead(days=30)) == "30 days before"
    assert describe_lead(Lead(days=1)) == "1 day before"
    assert describe_lead(Lead(span=timedelta(minutes=90))) == "1 h 30 min before"
    assert describe_lead(Lead()) == "at the moment itself"
    assert describe_span(timedelta(milliseconds=1500)) == "1.5 s"
    assert describe_span(timedelta()) == "0 s"


@pytest.mark.parametrize("seconds", [0, 1, 1.5, 59, 60, 90, 3600, 5400, 86_400, 90_061, 30 * 86_400])
def test_a_span_in_words_can_be_read_again(seconds: float) -> None:
    assert parse_span(describe_span(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "15", "5 min 1 h", "1 days", "15 min later", "99 h"])
def test_any_other_text_is_no_span(text: str) -> None:
    assert parse_span(text) is None


@pytest.mark.parametrize(
    ("at", "now", "left"),
    [
        ("2026-11-24T17:00", "2026-11-24T16:45", "15 min"),
        ("2026-11-24T17:00", "2026-11-24T16:45:01", "15 min"),
        ("2026-11-24T17:00", "2026-11-24T16:44", "16 min"),  # set late: what is left counts, and not the lead
        ("2026-11-24T17:00", "2026-11-24T14:55", "2 h 5 min"),
        ("2026-12-24T16:00", "2026-11-24T16:00", "30 days"),
        ("2026-11-10T16:00", "2026-10-26T15:00", "15 days"),  # over the change of the clocks
        ("2026-11-24T17:00", "2026-11-24T17:00", ""),
        ("2026-11-24T17:00", "2026-11-25T17:00", ""),
    ],
)
def test_what_is_left_until_a_moment(at: str, now: str, left: str) -> None:
    assert describe_left(utc(at), utc(now), DENVER) == left
