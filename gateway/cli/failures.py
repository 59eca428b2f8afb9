"""What a failure reason and a delivery's state mean, in words for people."""

from __future__ import annotations

from typing import Any

from gateway.cli.table import local_time
from gateway.model import DeliveryState, FailureReason

REASONS = {
    FailureReason.TIMEOUT: "the service did not answer in time",
    FailureReason.CONNECTION: "the service could not be reached",
    FailureReason.TLS: "no secure connection could be made",
    FailureReason.THROTTLED: "the service asked us to slow down",
    FailureReason.UNAVAILABLE: "the service reported an error of its own",
    FailureReason.REJECTED: "the service rejected the message",
    FailureReason.UNAUTHORIZED: "the service rejected our credentials",
    FailureReason.NOT_FOUND: "the service knows no such place",
    FailureReason.GONE: "the service says that the place is gone for good",
    FailureReason.REDIRECTED: "the service answered with a redirect, which is not followed",
    FailureReason.REFUSED: "the service refused the message without giving a reason",
    FailureReason.ADDRESS: "the address cannot be used",
    FailureReason.TEMPLATE: "the message could not be written from the event",
    FailureReason.UNKNOWN_TARGET: "the configuration has no such target any more",
    FailureReason.DISABLED: "the target is disabled since it answered that it is gone",
    FailureReason.CRASH_LOOP: "three workers ended while they sent it",
    FailureReason.EXHAUSTED: "all attempts failed",
    FailureReason.INTERNAL: "the gateway failed; its log has the details",
}


def describe_reason(reason: str) -> str:
    """*reason* as a clause; one that this version does not know stays as it is."""
    return REASONS[FailureReason(reason)] if reason in set(FailureReason) else reason


def describe_attempt(attempt: dict[str, Any]) -> str | None:
    """Why an attempt failed: `the service rejected the message (HTTP 400: no such field)`; None when it did not."""
    if not attempt.get("reason"):
        return None
    status, detail = str(attempt.get("status") or ""), str(attempt.get("detail") or "")
    is_said = status in detail  # the detail of a provider's answer says its status
    text = ": ".join(part for part in ("" if is_said else f"HTTP {status}", detail) if part)
    return describe_reason(attempt["reason"]) + (f" ({text})" if text else "")


def describe_delivery(delivery: dict[str, Any]) -> str | None:
    """Why a delivery has not arrived, and what will happen next; None when there is nothing to say."""
    last = delivery["attempts"][-1] if delivery["attempts"] else {}
    match delivery["state"]:
        case DeliveryState.DELIVERED:
            return None
        case DeliveryState.HELD if delivery["due"]:
            return f"will be sent at {local_time(delivery['due'])}, unless another event makes it needless"
        case DeliveryState.DROPPED:
            return f"event {delivery['dropped_by']} made it needless"
        case DeliveryState.DISCARDED:
            return f"put aside by {delivery['discarded_by']}: {delivery['discarded_for']}"
        case DeliveryState.DEAD:
            failure = describe_attempt(last)
            if delivery["reason"] == FailureReason.EXHAUSTED and failure:
                return f"{REASONS[FailureReason.EXHAUSTED]}; the last one: {failure}"
            return failure or (describe_reason(delivery["reason"]) if delivery["reason"] else None)
        case DeliveryState.WAITING if last and delivery["due"]:
            return f"{describe_attempt(last)}; next attempt at {local_time(delivery['due'])}"
    return describe_attempt(last)
