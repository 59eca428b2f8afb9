"""When the next attempt is made: a pure function of the waits and the number of failures."""

from __future__ import annotations

from datetime import timedelta

JITTER = 0.2
"""Share of a wait by which it may be shorter or longer, so that many do not come back at once."""


def _waits(*seconds: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=wait) for wait in seconds)


STANDARD = _waits(5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 36_000)
"""Ten attempts in 27.7 hours: an outage of a night and a morning loses nothing."""

SHORT = _waits(5, 60, 600, 2100)
"""Five attempts within an hour, however the jitter falls: a text message that comes a day late does harm."""


def next_delay(waits: tuple[timedelta, ...], failed_attempt: int, spread: float) -> timedelta | None:
    """Wait after attempt *failed_attempt* (1-based); None when it was the last.

    *waits* are those before each attempt after the first; *spread* in [-1, 1] places one within its jitter.
    """
    if failed_attempt > len(waits):
        return None
    return waits[failed_attempt - 1] * (1 + JITTER * spread)
