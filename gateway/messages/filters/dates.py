"""How days and times are written for readers: in the configured timezone, so that the day is the reader's day.

Without a configured timezone a time stays in the offset that its source gave it, which is where it happened.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from gateway.times import parse_iso

HOURS_BEFORE_DAYS = 48
"""From here on hours are told in days."""


def day(text: str, zone: tzinfo | None) -> str:
    """An ISO 8601 date or time -> `Tue 24 Nov 2026`; anything else stays as it is."""
    written = parse_iso(text)
    if written is None:
        return text
    return _day(_local(written, zone) if isinstance(written, datetime) else written)


def moment(text: str, zone: tzinfo | None) -> str:
    """An ISO 8601 time -> `Tue 24 Nov 2026, 17:00 MST`; a date -> as `day`; anything else stays as it is.

    The offset (`-07:00`) takes the place of the zone's name where it has none.
    """
    written = parse_iso(text)
    if not isinstance(written, datetime):
        return day(text, zone)
    local = _local(written, zone)
    name = local.tzname() or ""
    return f"{_day(local)}, {local:%H:%M} {name if name.isalpha() else local.isoformat()[-6:]}"


def relative(text: str, zone: tzinfo | None, now: datetime) -> str:
    """An ISO 8601 time -> `in 15 min`, `in 1 h 30 min`, `in 3 days`, `12 min ago` or `now`; any other text stays.

    A date counts in whole days of *zone*.
    """
    written = parse_iso(text)
    if written is None:
        return text
    if not isinstance(written, datetime):
        days = (written - now.astimezone(zone or UTC).date()).days
        return "today" if days == 0 else _from_now(_count(abs(days), "day"), days > 0)
    minutes = round((_local(written, zone) - now).total_seconds() / 60)
    length = abs(minutes)
    if length == 0:
        return "now"
    hours, rest = divmod(length, 60)
    if hours >= HOURS_BEFORE_DAYS:
        return _from_now(_count(round(hours / 24), "day"), minutes > 0)
    parts = [f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest)
    return _from_now(" ".join(parts), minutes > 0)


def _from_now(length: str, is_ahead: bool) -> str:
    return f"in {length}" if is_ahead else f"{length} ago"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _local(time: datetime, zone: tzinfo | None) -> datetime:
    """*time* in *zone*; without an offset of its own it is a time of *zone* already."""
    if time.tzinfo is None:
        return time.replace(tzinfo=zone or UTC)
    try:
        return time.astimezone(zone) if zone else time
    except OverflowError:  # the first or last day that Python knows
        return time


def _day(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b} {value.year}"
