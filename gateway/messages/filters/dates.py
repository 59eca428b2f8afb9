"""Writes days and times for a reader: in the reader's timezone, so that the day is the reader's day.

A date without a time is the same day everywhere. Without a timezone, a time keeps the offset that its source gave it,
which is that of the place where it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from gateway.durations import parse_span
from gateway.messages import words
from gateway.messages.filters import locales
from gateway.model import DEFAULT_LOCALE
from gateway.times import parse_iso

MINUTES_BEFORE_DAYS = 24 * 60


@dataclass(frozen=True, slots=True)
class Reader:
    """The properties of a reader that decide how days, times and numbers are written."""

    now: datetime
    zone: tzinfo | None = None
    locale: str = DEFAULT_LOCALE


def day(text: str, reader: Reader) -> str:
    """An ISO 8601 date or time -> `Tue Nov 24`, with the year if it is not the current one; other texts stay as they
    are."""
    written = parse_iso(text)
    if written is None:
        return text
    value = _day_of(written, reader)
    return locales.write_day(value, reader.locale, has_year=_has_year(value, reader))


def month(text: str, reader: Reader) -> str:
    """An ISO 8601 date or time -> `Apr 2029`; other texts stay as they are."""
    written = parse_iso(text)
    return text if written is None else locales.write_month(_day_of(written, reader), reader.locale)


def moment(text: str, reader: Reader) -> str:
    """An ISO 8601 time -> `Tue Nov 24, 5:00 PM MST`; a date -> as `day`; other texts stay as they are."""
    written = parse_iso(text)
    if not isinstance(written, datetime):
        return day(text, reader)
    local = _local(written, reader.zone)
    return locales.write_moment(local, reader.locale, has_year=_has_year(local, reader))


def time_of_day(text: str, reader: Reader) -> str:
    """An ISO 8601 time -> `5:00 PM`; a date -> as `day`; other texts stay as they are."""
    written = parse_iso(text)
    if not isinstance(written, datetime):
        return day(text, reader)
    return locales.write_time(_local(written, reader.zone).time(), reader.locale)


def relative(text: str, reader: Reader) -> str:
    """An ISO 8601 time -> `in 15 min`, `in 1 hr 30 min`, `12 min ago` or `now`; other texts stay as they are.

    From 24 hours on, and for dates, days of the reader's calendar are counted: `tomorrow`, `in 3 days`.
    """
    written = parse_iso(text)
    if written is None:
        return text
    if isinstance(written, datetime):
        minutes = round((_local(written, reader.zone) - reader.now).total_seconds() / 60)
        if abs(minutes) < MINUTES_BEFORE_DAYS:
            return locales.write_minutes_from_now(minutes, reader.locale, words.current())
    return locales.write_days_from_now((_day_of(written, reader) - _today(reader)).days, reader.locale, words.current())


def length_of_time(text: str, reader: Reader) -> str:
    """A span as the gateway writes it -> the same for the reader: `30 days` -> `30 Tage`; any other text stays."""
    span = parse_span(text) if text else None
    return locales.write_span(span, reader.locale) if span else text


def _has_year(value: date, reader: Reader) -> bool:
    """Whether *value* is in a different year from the reader's."""
    return value.year != _today(reader).year


def _today(reader: Reader) -> date:
    return reader.now.astimezone(reader.zone or UTC).date()


def _day_of(value: date, reader: Reader) -> date:
    """The day of *value*; an instant is on the reader's day."""
    return _local(value, reader.zone).date() if isinstance(value, datetime) else value


def _local(time: datetime, zone: tzinfo | None) -> datetime:
    """*time* in *zone*; a time without an offset is already in *zone*."""
    aware = time if time.tzinfo else time.replace(tzinfo=zone or UTC)
    try:
        # By way of UTC, so that a time which clocks leave out in spring becomes the time that they show then.
        return aware.astimezone(UTC).astimezone(zone) if zone else aware
    except OverflowError:  # the first or last day that Python supports
        return time if time.tzinfo else time.replace(tzinfo=UTC)
