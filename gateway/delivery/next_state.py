"""What becomes of a delivery after an attempt: a pure decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from gateway.model import Attempt, FailureReason, SendResult
from gateway.retry import next_delay
from gateway.store.records import DeliveryResult, Lease

TROUBLES = {FailureReason.TIMEOUT, FailureReason.CONNECTION, FailureReason.UNAVAILABLE}
MAX_PAUSES = 50
"""Attempts a provider may put off with Retry-After before they count as failures."""


def decide(
    lease: Lease, attempt: Attempt, waits: tuple[timedelta, ...], spread: float, time_scale: float = 1.0
) -> DeliveryResult:
    """The delivery's next state: delivered, waiting for its next attempt, or dead.

    A provider that says when to come back (Retry-After) costs no attempt. *spread* in [-1, 1] places
    the retry within its jitter; *time_scale* shortens waits for tests.
    """
    result = attempt.result
    if result.is_delivered:
        return DeliveryResult(lease, attempt, "delivered", health="up")
    health = _health(result)
    if result.is_permanent:
        return DeliveryResult(lease, attempt, "dead", reason=result.reason, health=health)
    if result.retry_after_s is not None and lease.pauses < MAX_PAUSES:
        return DeliveryResult(lease, attempt, "pause", result.retry_after_s * time_scale, result.reason, "up")
    delay = next_delay(waits, lease.failures + 1, spread)
    if delay is None:
        return DeliveryResult(lease, attempt, "dead", reason=FailureReason.EXHAUSTED, health=health)
    return DeliveryResult(lease, attempt, "retry", delay.total_seconds() * time_scale, result.reason, health)


def _health(result: SendResult) -> Literal["up", "down", ""]:
    """A service that refuses one message is up; one that cannot be reached or has trouble of its own is down."""
    if result.reason in TROUBLES:
        return "down"
    return "up" if result.is_permanent and result.status is not None else ""
