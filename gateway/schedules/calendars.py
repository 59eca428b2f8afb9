"""Calendars: public holidays of a country, and iCalendar files (RFC 5545).

A calendar is expanded a year at a time, when it is first asked about that year, and cached. The two libraries are
imported only by a configuration with a calendar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Appointment, Window
from gateway.quoting import quote
from gateway.schedules.recurrences import (
    LAST_YEAR,
    InvalidCalendar,
    check_rule,
    listed_dates,
    occurrences_per_year,
    years_of,
)

MAX_EVENTS = 20_000
"""How many events one iCalendar file may have."""
MAX_OCCURRENCES = 50_000
"""How often its events may occur in one year according to their recurrence rules; this many take some seconds to
expand."""
MAX_OCCURRENCES_IN_ALL = 2_000_000
"""How often its events may occur up to LAST_YEAR, since expanding a year follows the rules from their first event."""
MAX_YEARS_CACHED = 8
MAX_ICS_BYTES = 4 * 1024 * 1024
MAX_DAYS_OF_EVENT = 366
NO_CALENDAR = "the file is not an iCalendar file (RFC 5545)"


class HolidayCalendar:
    """Public holidays of a country or of one of its subdivisions (ISO 3166)."""

    def __init__(self, name: str, country: str, subdivision: str | None = None) -> None:
        """Raises: InvalidCalendar for a code that the holidays library does not know."""
        import holidays

        self.name = name
        try:
            # Holds no year yet; each is added when it is asked about.
            self._days = holidays.country_holidays(country, subdiv=subdivision)
        except NotImplementedError:
            countries = holidays.list_supported_countries()
            if country not in countries:
                code = country.upper() if country.upper() in countries else "US"
                raise InvalidCalendar(
                    f"unknown country {quote(country)}: use an ISO 3166 code, such as {code}"
                ) from None
            expected = f"expected one of {', '.join(countries[country])}" if countries[country] else "it has none"
            raise InvalidCalendar(f"unknown subdivision {quote(subdivision)} of {country}: {expected}") from None

    def whole_day(self, day: date) -> str | None:
        title = self._days.get(day)
        return None if title is None else str(title)

    def appointments(self, window: Window) -> Sequence[Appointment]:  # noqa: ARG002 - holidays are whole days
        return ()


@dataclass(frozen=True, slots=True)
class _Year:
    """The occurrences of an iCalendar file in one year."""

    titles: Mapping[date, str]
    """For each day, the title of an event that takes the whole day."""
    appointments: Sequence[Appointment]
    """The other events, ordered by their start."""
    starts: Sequence[datetime]
    longest: timedelta
    """No appointment lasts longer than this."""


class IcsCalendar:
    """The events of an iCalendar file, including recurring ones.

    It can be pickled, and keeps the years that it has expanded; the file is parsed again for another year.
    """

    def __init__(self, name: str, text: bytes, timezone: ZoneInfo) -> None:
        """*timezone* is that of times without a zone. Raises: InvalidCalendar."""
        self.name = name
        self._timezone = timezone
        self._text = text
        self._query = _query(text)
        self._years: dict[int, _Year] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_query": None}  # the libraries' objects lose attributes when they are pickled

    def whole_day(self, day: date) -> str | None:
        return self._year(day.year).titles.get(day)

    def appointments(self, window: Window) -> Sequence[Appointment]:
        # They are ordered by their start. What began before `first` has ended before the window, even the longest.
        # A dict, since an appointment across New Year is in both years.
        entries: dict[Appointment, None] = {}
        for number in range(window.start.year, window.end.year + 1):
            year = self._year(number)
            first = bisect_left(year.starts, window.start - year.longest)
            last = bisect_left(year.starts, window.end)
            entries |= {entry: None for entry in year.appointments[first:last] if entry.window.end > window.start}
        return list(entries)

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        if year is None:
            while len(self._years) >= MAX_YEARS_CACHED:
                self._years.pop(next(iter(self._years)), None)
            year = self._years[number] = self._expand(number)
        return year

    def _expand(self, number: int) -> _Year:
        self._query = self._query or _query(self._text)
        titles: dict[date, str] = {}
        appointments: list[Appointment] = []
        # A day more at either end, since a local year begins up to a day before or after that of UTC.
        first, last = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 2, tzinfo=UTC)
        for event in self._query.between(first - timedelta(days=1), last):
            if str(event.get("status", "")).upper() == "CANCELLED":
                continue
            start, end = event.start, event.end
            title = str(event.get("summary", "")).strip() or self.name
            if isinstance(start, datetime):
                appointments.append(Appointment(Window(self._instant(start), self._instant(end)), title))
            else:
                for offset in range(min((end - start).days, MAX_DAYS_OF_EVENT)):
                    titles.setdefault(start + timedelta(days=offset), title)
        appointments.sort(key=lambda entry: entry.window.start)
        windows = [entry.window for entry in appointments]
        longest = max((window.end - window.start for window in windows), default=timedelta())
        return _Year(titles, appointments, [window.start for window in windows], longest)

    def _instant(self, value: datetime) -> datetime:
        return (value if value.tzinfo else value.replace(tzinfo=self._timezone)).astimezone(UTC)


def _query(text: bytes) -> Any:
    """The parsed events of an iCalendar file, ready to be expanded. Raises: InvalidCalendar."""
    import icalendar
    import recurring_ical_events

    if len(text) > MAX_ICS_BYTES:
        raise InvalidCalendar(f"the file is larger than {MAX_ICS_BYTES // 1024 // 1024} MiB")
    if text.upper().count(b"BEGIN:VEVENT") > MAX_EVENTS:
        raise InvalidCalendar(f"the file has more than {MAX_EVENTS:,} events")
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = calendar.walk("VEVENT")
        for event in events:
            _check_zone(event)
            check_rule(event.get("rrule"))
        yearly = [occurrences_per_year(event.get("rrule")) + listed_dates(event) for event in events]
        in_all = [count * years_of(event) for count, event in zip(yearly, events, strict=True)]
        query = recurring_ical_events.of(calendar)
    except InvalidCalendar:
        raise
    # What the two libraries raise for damaged files.
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError) as exc:
        raise InvalidCalendar(NO_CALENDAR) from exc
    if calendar.name != "VCALENDAR":
        raise InvalidCalendar(NO_CALENDAR)
    if sum(yearly) > MAX_OCCURRENCES:
        raise InvalidCalendar(f"its events occur more than {MAX_OCCURRENCES:,} times a year")
    if sum(in_all) > MAX_OCCURRENCES_IN_ALL:
        raise InvalidCalendar(f"its events occur more than {MAX_OCCURRENCES_IN_ALL:,} times up to {LAST_YEAR}")
    return query


def _check_zone(event: Any) -> None:
    """Raises: InvalidCalendar when the event names a time zone that nobody defines."""
    for key in ("dtstart", "dtend"):
        value = event.get(key)
        zone = value.params.get("TZID") if value is not None else None
        if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
            raise InvalidCalendar(f"unknown time zone {quote(str(zone))}: the file needs a VTIMEZONE for it")
