"""Calendars: public holidays and iCalendar files, in schedules that skip them or hold only on them."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from icalendar import vRecur

from gateway.schedules.calendars import (
    MAX_EVENTS,
    MAX_OCCURRENCES,
    HolidayCalendar,
    IcsCalendar,
)
from gateway.schedules.recurrences import InvalidCalendar, occurrences_per_year
from gateway.schedules.windows import describe, expand_calendars, is_inside, windows_of_day
from tests.support.schedules import DENVER, schedule, wall

OFFICE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//office//EN
BEGIN:VEVENT
UID:party
SUMMARY:Summer party
DTSTART;VALUE=DATE:20260710
DTEND;VALUE=DATE:20260711
END:VEVENT
BEGIN:VEVENT
UID:meeting
SUMMARY:Team meeting
DTSTART;TZID=America/Denver:20260302T090000
DTEND;TZID=America/Denver:20260302T100000
RRULE:FREQ=WEEKLY;BYDAY=MO
EXDATE;TZID=America/Denver:20260316T090000
END:VEVENT
BEGIN:VEVENT
UID:floating
SUMMARY:Fire drill
DTSTART:20260401T113000
DURATION:PT30M
END:VEVENT
END:VCALENDAR
"""


def ics(text: str = OFFICE) -> IcsCalendar:
    return IcsCalendar("office", text.replace("\n", "\r\n").encode(), DENVER)


def test_a_holiday_closes_the_day_and_is_named() -> None:
    business_hours = schedule("08:00-18:00", name="business-hours", skip=(HolidayCalendar("us-holidays", "US", "ID"),))
    now = wall("2026-11-26 12:00", DENVER)
    assert not is_inside(business_hours, now)
    assert (
        describe(business_hours, now) == "outside business-hours: Thanksgiving Day (us-holidays) (routes/when.yaml:1)"
    )
    assert is_inside(business_hours, wall("2026-11-27 12:00", DENVER))


def test_a_night_belongs_to_the_day_on_which_it_begins_also_for_holidays() -> None:
    nights = schedule("22:00-07:00", skip=(HolidayCalendar("us-holidays", "US"),))
    assert is_inside(nights, wall("2026-11-26 03:00", DENVER)), "the night of Wednesday"
    assert not is_inside(nights, wall("2026-11-27 03:00", DENVER)), "the night of Thanksgiving Day"


def test_a_schedule_may_hold_only_on_the_days_of_a_calendar() -> None:
    holidays = schedule(only=(HolidayCalendar("german", "DE", "BY"),))
    assert is_inside(holidays, wall("2026-01-06 12:00", DENVER))
    assert not is_inside(holidays, wall("2026-01-07 12:00", DENVER))


@pytest.mark.parametrize(
    ("country", "subdivision", "text"),
    [
        ("XX", None, "unknown country 'XX'"),
        ("DE", "QQ", "unknown subdivision 'QQ' of DE: expected one of BB, BE"),
        ("MC", "QQ", "'QQ' of MC: it has none"),
    ],
)
def test_a_code_that_does_not_exist_is_named(country: str, subdivision: str | None, text: str) -> None:
    with pytest.raises(InvalidCalendar, match=text):
        HolidayCalendar("c", country, subdivision)


def test_whole_days_close_the_day_and_appointments_only_their_time() -> None:
    office = schedule("08:00-18:00", skip=(ics(),))
    assert not is_inside(office, wall("2026-07-10 12:00", DENVER)), "a whole day"
    assert is_inside(office, wall("2026-07-11 12:00", DENVER))
    assert not is_inside(office, wall("2026-03-09 09:30", DENVER)), "recurring, after the clocks have changed"
    assert is_inside(office, wall("2026-03-09 10:00", DENVER))
    assert is_inside(office, wall("2026-03-16 09:30", DENVER)), "the exception of the recurrence"
    assert not is_inside(office, wall("2026-04-01 11:45", DENVER)), "a time without a zone is one of the file's"
    assert not is_inside(office, wall("2031-03-03 09:30", DENVER)), "a recurrence without an end, years later"


def test_a_calendar_travels_with_the_years_that_it_has_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may load a configuration; expanding a year may take a second."""
    calendar = ics()
    expand_calendars([schedule(skip=(calendar,))], wall("2026-12-30 12:00", DENVER))
    copy = pickle.loads(pickle.dumps(calendar))  # noqa: S301 - our own
    assert copy.whole_day(date(2028, 7, 10)) is None, "it can still expand others"
    monkeypatch.setattr(IcsCalendar, "_expand", None)
    assert copy.whole_day(date(2026, 7, 10)) == "Summer party"
    assert copy.whole_day(date(2027, 1, 2)) is None


def test_a_long_appointment_is_seen_at_its_end() -> None:
    """It began long before others that are over."""
    text = OFFICE.replace("DURATION:PT30M", "DTEND:20260403T120000")
    office = schedule("08:00-18:00", skip=(ics(text),))
    assert not is_inside(office, wall("2026-04-03 11:30", DENVER))
    assert is_inside(office, wall("2026-04-03 12:00", DENVER))


def test_an_appointment_cuts_a_window_in_two() -> None:
    office = schedule("08:00-18:00", skip=(ics(),))
    local = [
        (f"{window.start.astimezone(DENVER):%H:%M}", f"{window.end.astimezone(DENVER):%H:%M}")
        for window in windows_of_day(office, date(2026, 3, 9))
    ]
    assert local == [("08:00", "09:00"), ("10:00", "18:00")]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VEVENT\nEND:VCALENDAR\n", "BEGIN:VCARD\nEND:VCARD\n", "\0"],
)
def test_what_is_no_calendar_is_said_so(text: str) -> None:
    with pytest.raises(InvalidCalendar):
        ics(text)


def test_a_file_with_too_many_events_is_refused() -> None:
    with pytest.raises(InvalidCalendar, match="more than 20,000 events"):
        ics("BEGIN:VEVENT\n" * (MAX_EVENTS + 1))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=2",
        "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=0,30",
    ],
)
def test_a_recurrence_without_measure_is_refused_at_once(rule: str) -> None:
    with pytest.raises(InvalidCalendar, match="occur more than 50,000 times a year"):
        ics(OFFICE.replace("FREQ=WEEKLY;BYDAY=MO", rule))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL below 1"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL below 1"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "a BYMONTHDAY that none of its months has"),
        ("FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31", "a BYMONTHDAY that none of its months has"),
        ("FREQ=DAILY;BYMONTH=13", "a BYMONTH that does not exist"),
        ("FREQ=DAILY;BYYEARDAY=366;BYMONTH=1", "only a yearly recurrence rule may have BYYEARDAY"),
        ("FREQ=SECONDLY;COUNT=5;BYMONTH=2", "occur more than 50,000 times a year"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=1,2,3;BYMINUTE=" + ",".join(map(str, range(60))), "50,000"),
    ],
)
def test_a_recurrence_that_would_be_followed_for_ever_is_refused(rule: str, text: str) -> None:
    with pytest.raises(InvalidCalendar, match=text):
        ics(OFFICE.replace("FREQ=WEEKLY;BYDAY=MO", rule))


def test_recurrences_that_began_long_ago_count_from_their_first_event() -> None:
    hourly = OFFICE.replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=HOURLY")
    ics(hourly)
    with pytest.raises(InvalidCalendar, match="2,000,000 times up to 2050"):
        ics(hourly.replace("20260302", "18000302"))


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("YEARLY;BYMONTH=11;BYDAY=4TH", 1),
        ("MONTHLY;BYDAY=MO", 53),
        ("YEARLY;BYMONTH=1,7;BYMONTHDAY=1", 2),
        ("YEARLY;BYMONTH=1,7", 2),
        ("WEEKLY;BYDAY=MO,TU", 106),
        ("MINUTELY;INTERVAL=60", 8785),
        ("DAILY;COUNT=3", 3),
    ],
)
def test_a_rule_says_how_often_its_event_occurs_at_most(rule: str, count: int) -> None:
    assert occurrences_per_year(vRecur.from_ical(f"FREQ={rule}")) == count


def test_dates_that_are_listed_count_as_occurrences() -> None:
    dates = ",".join(f"2026{1 + n % 12:02}{1 + n % 28:02}T{n % 24:02}{n % 60:02}00" for n in range(MAX_OCCURRENCES))
    with pytest.raises(InvalidCalendar, match="50,000 times a year"):
        ics(OFFICE.replace("DURATION:PT30M", f"RDATE:{dates}"))


def test_a_time_zone_that_nobody_defines_is_not_taken_for_another_one() -> None:
    with pytest.raises(InvalidCalendar, match="unknown time zone 'Office/Main': the file needs a VTIMEZONE for it"):
        ics(OFFICE.replace("America/Denver", "Office/Main"))


def test_an_event_that_is_cancelled_takes_no_time() -> None:
    cancelled = OFFICE.replace("SUMMARY:Summer party", "SUMMARY:Summer party\nSTATUS:CANCELLED")
    assert ics(cancelled).whole_day(date(2026, 7, 10)) is None


def test_an_occurrence_that_is_cancelled_takes_no_time() -> None:
    exception = """BEGIN:VEVENT
UID:meeting
STATUS:CANCELLED
RECURRENCE-ID;TZID=America/Denver:20260323T090000
DTSTART;TZID=America/Denver:20260323T090000
DTEND;TZID=America/Denver:20260323T100000
END:VEVENT
END:VCALENDAR
"""
    office = schedule("08:00-18:00", skip=(ics(OFFICE.replace("END:VCALENDAR\n", exception)),))
    assert is_inside(office, wall("2026-03-23 09:30", DENVER))
    assert not is_inside(office, wall("2026-03-30 09:30", DENVER))
