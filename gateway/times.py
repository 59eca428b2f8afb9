"""Dates and times: the one reader of texts (ISO 8601, RFC 3339), and milliseconds of the ledger.

A local time that a change of the clocks skips is taken with the offset from before the change, and so as one that is
as much later; of one that comes twice the first is meant (PEP 495, `fold=0`).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

YEARS = range(1900, 9000)
"""Years outside are a slip rather than a date that anybody means, and are not accepted."""

_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4})")
_TIME = re.compile(
    rf"(?P<date>{_DATE.pattern})[Tt ](?P<time>[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?)"
    r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def parse_iso(text: str) -> date | datetime | None:
    """The date, or the time with or without an offset, that *text* says; None when it says none that exists.

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
    """The moment in UTC that the text *value* means; None when it means none, or one outside YEARS.

    A time without an offset is one of *zone*, and a date is *time_of_day* of that day there.
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
    """The time *ms* milliseconds after the epoch, as the ledger stores times."""
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def to_ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
