"""Durations as settings, the YAML and requests write them: `500ms`, `90s`, `15m`, `2h`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MAX_DURATION = timedelta(days=3650)

_DURATION = re.compile(r"([0-9]{1,15})(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """The duration that *text* says, at most ten years.

    Raises: ValueError with what would be right, as a noun phrase.
    """
    match = _DURATION.fullmatch(text)
    if match and int(match[1]) * UNITS_MS[match[2]] <= MAX_DURATION / timedelta(milliseconds=1):
        return timedelta(milliseconds=int(match[1]) * UNITS_MS[match[2]])
    raise ValueError("a duration like 500ms, 90s, 15m, 2h or 7d")
