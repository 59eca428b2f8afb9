"""The one reader of dates and times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from gateway.times import from_ms, moment_of, parse_iso, to_ms

DENVER = ZoneInfo("America/Denver")
NINE = time(9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("20261124", date(2026, 11, 24)),
        ("2026-11-24T17:00", datetime.fromisoformat("2026-11-24T17:00:00")),
        ("2026-11-24 17:00:05.25", datetime.fromisoformat("2026-11-24T17:00:05.250000")),
        ("2026-11-24t17:00:00z", datetime(2026, 11, 24, 17, tzinfo=UTC)),
        ("2026-11-24T17:00:00.123456789Z", datetime(2026, 11, 24, 17, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-24T17:00:00.000-0700", datetime(2026, 11, 24, 17, tzinfo=timezone(timedelta(hours=-7)))),
        ("2028-02-29", date(2028, 2, 29)),
        ("2027-02-29", None),
        ("2026-02-30T08:00:00Z", None),
        ("04/29", None),
        ("04/29/2027", None),
        ("24.11.2027 17:00", None),
        ("2026-1124", None),
        ("2026-11-24T", None),
        ("2026-11-24T17", None),
        ("2026-11-24T25:00", None),
        ("2026-11-24T24:00", None),
        ("2026-11-24T17:60", None),
        ("2026-11-24T17:00:00+24:00", None),
        ("2026-W48-2", None),
        ("2026-11-24T17:00:00 MST", None),
        ("2026-11-24T17:00\n", None),
        ("\u0662026-11-24", None),
        ("", None),
    ],
)
def test_a_date_or_time_is_read_as_it_is_written(text: str, expected: date | None) -> None:
    assert parse_iso(text) == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-08T02:30:00", "2026-03-08T09:30"),
        ("2026-11-01T01:30:00", "2026-11-01T07:30"),
    ],
)
def test_a_local_time_that_the_change_skips_is_later_and_of_one_that_comes_twice_the_first_is_meant(
    text: str, moment: str
) -> None:
    assert moment_of(text, DENVER) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_milliseconds_of_the_ledger_are_read_back() -> None:
    moment = datetime(2026, 11, 24, 17, 0, 0, 123_000, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T17:00:00-07:00", "2026-11-25T00:00"),
        ("2026-11-24T17:00:00Z", "2026-11-24T17:00"),
        ("2026-11-24T17:00:00", "2026-11-25T00:00"),
        ("2026-11-24", "2026-11-24T16:00"),
        ("2026-07-24", "2026-07-24T15:00"),
        ("2028-02-29", "2028-02-29T16:00"),
    ],
)
def test_a_moment_without_offset_is_one_of_the_timezone_and_a_date_has_its_hour(text: str, moment: str) -> None:
    assert moment_of(text, DENVER, NINE) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-02-30", "2027-02-29", "24.11.2026", "0001-01-01", "9999-12-31", 1795471878, None, True, []],
)
def test_what_is_no_date_is_no_moment(value: object) -> None:
    assert moment_of(value, DENVER, NINE) is None
