"""What becomes of a delivery after an attempt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway import retry
from gateway.delivery.next_state import MAX_PAUSES, decide
from gateway.model import Attempt, FailureReason, SendResult
from gateway.store.records import Lease

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BUSY = SendResult(FailureReason.UNAVAILABLE, status=503)
PUT_OFF = SendResult(FailureReason.THROTTLED, status=429, retry_after_s=30)


def lease(failures: int = 0, pauses: int = 0) -> Lease:
    return Lease("d-1", "channel/noc", "1", failures + pauses + 1, failures, pauses, NOW, "noc", (), "k", "")


def attempt(result: SendResult) -> Attempt:
    return Attempt(1, NOW, 0.1, result)


def test_what_was_accepted_is_delivered() -> None:
    assert decide(lease(), attempt(SendResult(None)), retry.STANDARD, 0).verdict == "delivered"


def test_what_was_refused_for_good_is_dead_at_once() -> None:
    result = decide(lease(), attempt(SendResult(FailureReason.REJECTED, True, 400)), retry.STANDARD, 0)
    assert (result.verdict, result.reason) == ("dead", FailureReason.REJECTED)


@pytest.mark.parametrize(("failures", "wait_s"), list(enumerate([5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 36_000])))
def test_a_failure_waits_by_the_schedule(failures: int, wait_s: float) -> None:
    result = decide(lease(failures), attempt(BUSY), retry.STANDARD, 0)
    assert (result.verdict, result.wait_s, result.reason) == ("retry", wait_s, FailureReason.UNAVAILABLE)


@pytest.mark.parametrize(
    ("result", "health"),
    [
        (SendResult(None, status=200), "up"),
        (SendResult(FailureReason.REJECTED, True, 400), "up"),
        (SendResult(FailureReason.GONE, True, 410), "up"),
        (BUSY, "down"),
        (SendResult(FailureReason.TIMEOUT), "down"),
        (SendResult(FailureReason.CONNECTION), "down"),
        (PUT_OFF, "up"),
        (SendResult(FailureReason.TEMPLATE, True), ""),
        (SendResult(FailureReason.INTERNAL), ""),
    ],
)
def test_what_an_attempt_says_of_the_service(result: SendResult, health: str) -> None:
    assert decide(lease(), attempt(result), retry.STANDARD, 0).health == health


def test_jitter_and_scale_change_the_wait() -> None:
    assert decide(lease(), attempt(BUSY), retry.STANDARD, 1).wait_s == pytest.approx(6)
    assert decide(lease(), attempt(BUSY), retry.STANDARD, -1, 0.5).wait_s == pytest.approx(2)


def test_the_tenth_failure_is_the_last() -> None:
    result = decide(lease(failures=9), attempt(BUSY), retry.STANDARD, 0)
    assert (result.verdict, result.reason) == ("dead", FailureReason.EXHAUSTED)


def test_a_provider_that_says_when_to_come_back_costs_no_attempt() -> None:
    result = decide(lease(failures=9), attempt(PUT_OFF), retry.STANDARD, 0)
    assert (result.verdict, result.wait_s) == ("pause", 30)


def test_a_provider_cannot_put_off_for_ever() -> None:
    assert decide(lease(pauses=MAX_PAUSES), attempt(PUT_OFF), retry.STANDARD, 0).verdict == "retry"
