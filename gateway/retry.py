"""When the next attempt is made: a pure function of the waits and of how many attempts have failed."""

from __future__ import annotations

from datetime import timedelta

JITTER = 0.2
"""The share by which a wait is randomly shortened or lengthened, so that many messages do not come back at once."""


def _waits(*seconds: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=wait) for wait in seconds)


STANDARD = _waits(5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 36_000)
"""Ten attempts in 27.7 hours: nothing is lost by an outage of a night and a morning."""

SHORT = _waits(5, 60, 600, 2100)
"""Five attempts within an hour, whatever the jitter: a text message that comes a day late does harm."""


def next_delay(waits: tuple[timedelta, ...], failed_attempt: int, spread: float) -> timedelta | None:
    """The wait after attempt *failed_attempt* (1-based); None if it was the last.

    *waits* are those before each attempt after the first; *spread* in [-1, 1] places the wait within its jitter.
    """
    if failed_attempt > len(waits):
        return None
    return waits[failed_attempt - 1] * (1 + JITTER * spread)
