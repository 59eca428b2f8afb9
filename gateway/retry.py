"""When the next attempt is made: a pure function of the policy and the number of failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """*delays*: the wait before each attempt after the previous one; the first is before attempt 1."""

    delays: tuple[timedelta, ...]
    jitter: float
    """Share of a delay by which it may be shorter or longer, so that many do not come back at once."""

    @property
    def attempts(self) -> int:
        return len(self.delays)


def _policy(*seconds: int) -> RetryPolicy:
    return RetryPolicy(tuple(timedelta(seconds=one) for one in seconds), jitter=0.2)


STANDARD = _policy(0, 5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 36_000)
"""Ten attempts in 27.7 hours: an outage of a night and a morning loses nothing."""

SHORT = _policy(0, 5, 60, 600, 2100)
"""Five attempts within an hour, however the jitter falls: a text message that comes a day late does harm."""


def next_delay(policy: RetryPolicy, failed_attempt: int, spread: float) -> timedelta | None:
    """Wait after attempt *failed_attempt* (1-based); None when it was the last.

    *spread* in [-1, 1] places the wait within the policy's jitter.
    """
    if failed_attempt >= policy.attempts:
        return None
    return policy.delays[failed_attempt] * (1 + policy.jitter * spread)
