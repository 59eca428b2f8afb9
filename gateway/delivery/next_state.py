"""Decides the state of a delivery after an attempt. Pure."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Literal

from gateway.model import Attempt, FailureReason
from gateway.retry import next_delay
from gateway.store.records import DeliveryResult, Lease

TROUBLES = {
    FailureReason.TIMEOUT,
    FailureReason.CONNECTION,
    FailureReason.TLS,
    FailureReason.THROTTLED,
    FailureReason.UNAVAILABLE,
}
"""Failure reasons that are about the service and not about the message; the circuit breaker counts them."""
MAX_PAUSES = 50
"""How many attempts a provider may postpone with Retry-After before they count as failures."""
MIN_PAUSE_S = 1.0
"""The shortest pause of a lane, even if the provider asks for less."""


def decide(
    lease: Lease,
    attempt: Attempt,
    waits: tuple[timedelta, ...],
    spread: float,
    time_scale: float = 1.0,
    service: str = "unknown",
) -> DeliveryResult:
    """The delivery's next state: delivered, waiting for its next attempt, or dead.

    A provider that says when to come back (Retry-After) costs no attempt, MAX_PAUSES times at most. *spread* in
    [-1, 1] places the retry within its jitter; *time_scale* shortens waits for tests; *service* is the kind of the
    service that was asked.
    """
    result = attempt.result
    decided = partial(DeliveryResult, lease, attempt, service=service)
    if result.is_delivered:
        return decided("delivered", health="up")
    # A service that refuses one message is up; one that cannot be reached, or reports its own error, is down.
    health: Literal["up", "down", ""] = "up" if result.is_permanent and result.status is not None else ""
    if result.reason in TROUBLES:
        health = "down"
    if result.is_permanent:
        return decided("dead", reason=result.reason, health=health)
    if result.retry_after_s is not None and lease.pauses < MAX_PAUSES:
        wait_s = max(MIN_PAUSE_S, result.retry_after_s) * time_scale
        return decided("pause", wait_s, result.reason, "up")
    delay = next_delay(waits, lease.failures + 1, spread)
    if delay is None:
        return decided("dead", reason=FailureReason.EXHAUSTED, health=health)
    wait_s = max(delay.total_seconds(), result.retry_after_s or 0.0) * time_scale
    is_tls = result.reason is FailureReason.TLS
    return decided("retry", wait_s, result.reason, health, "tls_fault" if is_tls else "")
