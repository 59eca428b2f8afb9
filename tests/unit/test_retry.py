"""Retries: the schedule and its spread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.retry import SHORT, STANDARD, next_delay

SCHEDULES = pytest.mark.parametrize("waits", [STANDARD, SHORT], ids=["standard", "short"])


def test_the_standard_schedule_is_the_promised_one() -> None:
    waits = [next_delay(STANDARD, failed, 0) for failed in range(1, 11)]
    seconds = [wait.total_seconds() if wait else None for wait in waits]
    assert seconds == [5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 36_000, None]
    assert sum(STANDARD, timedelta()) == timedelta(hours=27, minutes=42, seconds=35)


def test_the_short_schedule_ends_within_an_hour_even_with_the_longest_waits() -> None:
    waits = [next_delay(SHORT, failed, 1) or timedelta() for failed in range(1, 6)]
    assert len(SHORT) == 4
    assert sum(waits, timedelta()) <= timedelta(hours=1)


@SCHEDULES
def test_the_last_failure_is_not_retried(waits: tuple[timedelta, ...]) -> None:
    assert next_delay(waits, len(waits) + 1, 0) is None
    assert next_delay(waits, len(waits) + 2, 0) is None


@SCHEDULES
def test_the_spread_moves_a_wait_by_a_fifth_at_most(waits: tuple[timedelta, ...]) -> None:
    for failed in range(1, len(waits) + 1):
        shortest, middle, longest = (next_delay(waits, failed, spread) for spread in (-1.0, 0.0, 1.0))
        assert shortest is not None
        assert middle is not None
        assert longest is not None
        assert shortest == middle * 0.8
        assert longest == middle * 1.2


def test_no_waits_is_no_second_attempt() -> None:
    assert next_delay((), 1, 0) is None
