"""Calendars: public holidays of a country, and iCalendar files (RFC 5545).

A calendar is expanded a year at a time, when the first question about that year comes, and kept. The two libraries
are imported only by a configuration that has a calendar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Appointment, Window
from gateway.quoting import quote

MAX_EVENTS = 20_000
"""Events of one iCalendar file."""
MAX_OCCURRENCES = 50_000
"""Of all its events in one year, as their recurrence rules let expect; they take some seconds to expand."""
MAX_OCCURRENCES_IN_ALL = 2_000_000
"""Of all its events up to LAST_YEAR: to expand a year, the rules are followed from their first event."""
LAST_YEAR = 2050
DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PER_YEAR = {"SECONDLY": 31_622_400, "MINUTELY": 527_040, "HOURLY": 8_784, "DAILY": 366, "WEEKLY": 53, "MONTHLY": 12}
"""How many periods of its FREQ a year has (RFC 5545, 3.3.10); YEARLY and none: one."""
DAYS_IN_YEAR, WEEKS_IN_YEAR, WEEKS_IN_MONTH = 366, 53, 5
MAX_YEARS_CACHED = 8
MAX_ICS_BYTES = 4 * 1024 * 1024
MAX_DAYS_OF_EVENT = 366
NO_CALENDAR = "the file is not an iCalendar file (RFC 5545)"


class InvalidCalendar(ValueError):
    """A calendar that cannot be used; the text says why and what would be right."""


class HolidayCalendar:
    """Public holidays of a country or of one of its subdivisions (ISO 3166)."""

    def __init__(self, name: str, country: str, subdivision: str | None = None) -> None:
        """Raises: InvalidCalendar for a code that the holidays library does not know."""
        import holidays

        self.name = name
        try:
            self._days = holidays.country_holidays(
                country, subdiv=subdivision
            )  # each year is added when it is asked for
        except NotImplementedError:
            known = holidays.list_supported_countries()
            if country not in known:
                raise InvalidCalendar(f"unknown country {quote(country)}: use an ISO 3166 code, such as US") from None
            expected = f"expected one of {', '.join(known[country])}" if known[country] else "it has none"
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
    """Of events that take whole days, by day."""
    appointments: Sequence[Appointment]
    """The other events, in the order of their starts."""
    starts: Sequence[datetime]
    longest: timedelta
    """No appointment lasts longer."""


class IcsCalendar:
    """The events of an iCalendar file, recurring ones included.

    It can be pickled, and keeps the years that it has expanded; the file is parsed again when another one is asked for.
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
        first, last = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 2, tzinfo=UTC)
        for event in self._query.between(first - timedelta(days=1), last):
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
            _check_rule(event.get("rrule"))
        yearly = [occurrences_per_year(event.get("rrule")) + _listed_dates(event) for event in events]
        in_all = [count * _years(event) for count, event in zip(yearly, events, strict=True)]
        query = recurring_ical_events.of(calendar)
    except InvalidCalendar:
        raise
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


def _check_rule(rule: Any) -> None:
    """Raises: InvalidCalendar for a recurrence rule that steps back, or that no day can match.

    The library would follow these to the year 9999, or for ever.
    """
    if rule is None:
        return
    if int(rule.get("INTERVAL", [1])[0]) < 1:
        raise InvalidCalendar("a recurrence rule has an INTERVAL below 1 (RFC 5545, 3.3.10)")
    months = [int(month) for month in rule.get("BYMONTH", ())]
    if not all(1 <= month <= len(DAYS_IN_MONTH) for month in months):
        raise InvalidCalendar("a recurrence rule has a BYMONTH that does not exist (RFC 5545, 3.3.10)")
    longest = max((DAYS_IN_MONTH[month - 1] for month in months), default=max(DAYS_IN_MONTH))
    days = [abs(int(day)) for day in rule.get("BYMONTHDAY", ())]
    if days and not any(1 <= day <= longest for day in days):
        raise InvalidCalendar("a recurrence rule has a BYMONTHDAY that none of its months has")
    if str(rule.get("FREQ", [""])[0]).upper() != "YEARLY" and (rule.get("BYYEARDAY") or rule.get("BYWEEKNO")):
        raise InvalidCalendar("only a yearly recurrence rule may have BYYEARDAY or BYWEEKNO")


def _listed_dates(event: Any) -> int:
    """How many dates the event's RDATE properties list."""
    lists = event.get("rdate", [])
    return sum(len(dates.dts) for dates in (lists if isinstance(lists, list) else [lists]))


def _years(event: Any) -> int:
    """For how many years the recurrence rule of *event* counts."""
    rule = event.get("rrule")
    if rule is None:
        return 1
    last_year = min(rule["UNTIL"][0].year, LAST_YEAR) if rule.get("UNTIL") else LAST_YEAR
    first_year: int = event["dtstart"].dt.year
    return max(1, last_year - first_year)


def occurrences_per_year(rule: Mapping[str, Sequence[Any]] | None) -> int:
    """An upper bound on how often an event with the recurrence rule *rule* occurs in a year.

    Rules of hours and less count as often as they are tried, since a year of them is gone through one by one.
    """
    if rule is None:
        return 1
    freq = str(rule.get("FREQ", [""])[0]).upper()
    is_shorter_than_days = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    shorter = {"HOURLY": ("BYMINUTE", "BYSECOND"), "MINUTELY": ("BYSECOND",), "SECONDLY": ()}
    parts = shorter.get(freq, ("BYHOUR", "BYMINUTE", "BYSECOND"))
    times = prod(len(rule[part]) for part in parts if rule.get(part))
    if is_shorter_than_days:
        count = times * (PER_YEAR[freq] // int(rule.get("INTERVAL", [1])[0]) + 1)
    else:
        count = times * _days_per_year(rule, PER_YEAR.get(freq, 1))
    # A rule with BY parts passes over periods without an occurrence, which COUNT does not count.
    is_filtered = any(part.startswith("BY") for part in rule)
    return min(count, int(rule["COUNT"][0])) if rule.get("COUNT") and not is_filtered else count


def _days_per_year(rule: Mapping[str, Sequence[Any]], periods: int) -> int:
    """On how many days of a year *rule* lets an event occur at most, when a year has so many *periods* of its FREQ."""
    months = len(rule.get("BYMONTH", ())) or 12
    limits = [DAYS_IN_YEAR]
    if weekdays := rule.get("BYDAY"):
        plain = min(WEEKS_IN_YEAR, WEEKS_IN_MONTH * months)
        limits.append(sum(months if any(map(str.isdigit, str(day))) else plain for day in weekdays))
    if days := rule.get("BYMONTHDAY"):
        limits.append(len(days) * months)
    if days := rule.get("BYYEARDAY"):
        limits.append(len(days))
    if weeks := rule.get("BYWEEKNO"):
        limits.append(len(weeks) * 7)
    if len(limits) == 1:  # nothing chooses days: it is one in each period, or in each of the months
        limits.append(max(periods, len(rule.get("BYMONTH", ()))))
    return min(limits)
