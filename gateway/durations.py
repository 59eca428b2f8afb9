"""Durations as settings, the YAML and requests write them (`500ms`, `90s`, `2h`, `7d`), and as people read them."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MAX_DURATION = timedelta(days=3650)

UNITS_IN_WORDS = {"days": "days", "day": "days", "h": "hours", "min": "minutes", "s": "seconds"}
"""The units that `describe_span` writes, and what `timedelta` calls them."""

_DURATION = re.compile(r"([0-9]{1,15})(ms|s|m|h|d)")
_IN_WORDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) (days?|h|min|s)(?: |$)")


def parse_duration(text: str) -> timedelta:
    """The duration *text*, at most ten years.

    Raises: ValueError, whose text is a noun phrase that says what is expected.
    """
    match = _DURATION.fullmatch(text)
    if match and int(match[1]) * UNITS_MS[match[2]] <= MAX_DURATION / timedelta(milliseconds=1):
        return timedelta(milliseconds=int(match[1]) * UNITS_MS[match[2]])
    raise ValueError("a duration like 500ms, 90s, 15m, 2h or 7d")


def describe_span(span: timedelta) -> str:
    """`1 h 30 min`, `5 min`, `2 s`, `7 days`."""
    minutes, seconds = divmod(span.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} {'day' if days == 1 else 'days'}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{seconds:g} s"] if seconds or not parts else []
    return " ".join(parts)


def parse_span(text: str) -> timedelta | None:
    """The span that `describe_span` has written as *text*; None for any other text."""
    # The pattern also finds spans within other texts, and in other spellings; these are written differently again.
    counts = {UNITS_IN_WORDS[unit]: float(count) for count, unit in _IN_WORDS.findall(text)}
    span = timedelta(**counts)
    return span if describe_span(span) == text else None
