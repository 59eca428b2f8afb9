"""Parses dates and times (ISO 8601, RFC 3339), and milliseconds of the ledger.

A local time that a change of the clocks skips is read with the offset before the change, so it means a time that is
later by the length of the change. If a local time occurs twice, the first is meant (PEP 495, `fold=0`).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

YEARS = range(1900, 9000)
"""A year outside this range is probably a mistake, and is not accepted."""

_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4})")
_TIME = re.compile(
    rf"(?P<date>{_DATE.pattern})[Tt ](?P<time>[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?)"
    r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def parse_iso(text: str) -> date | datetime | None:
    """The date in *text*, or the time with or without an offset; None if it contains no existing one.

    A time has at least hours and minutes. A date may lack its hyphens (`20261124`).
    """
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if match := _TIME.fullmatch(text):
            if match["time"].startswith("24"):  # midnight at the end of a day: not read by every version of Python
                return None
            return datetime.fromisoformat(f"{match['date']}T{match['time']}{(match['offset'] or '').upper()}")
    except ValueError:
        pass
    return None


def moment_of(value: Any, zone: tzinfo, time_of_day: time = time()) -> datetime | None:
    """The moment in UTC that the text *value* means; None if it means none, or one outside YEARS.

    A time without an offset is in *zone*, and a date means *time_of_day* on that day there.
    """
    written = parse_iso(value) if isinstance(value, str) else None
    if written is None:
        return None
    local = written if isinstance(written, datetime) else datetime.combine(written, time_of_day)
    try:
        moment = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment.year in YEARS else None


def from_ms(ms: str | float) -> datetime:
    """The time *ms* milliseconds after the epoch, the form in which the ledger stores times."""
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def to_ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
