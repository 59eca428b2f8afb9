"""Describes failure reasons and the state of a delivery for people."""

from __future__ import annotations

from typing import Any

from gateway.cli.table import local_time
from gateway.model import ENGLISH, DeliveryState, FailureReason


def describe_attempt(attempt: dict[str, Any]) -> str | None:
    """Why an attempt failed: `the service rejected the message (HTTP 400: no such field)`; None if it did not fail."""
    if not attempt.get("reason"):
        return None
    status, detail = str(attempt.get("status") or ""), str(attempt.get("detail") or "")
    is_said = status in detail  # the detail of a provider's answer already contains the status
    text = ": ".join(part for part in ("" if is_said else f"HTTP {status}", detail) if part)
    return ENGLISH.of_failure(attempt["reason"]) + (f" ({text})" if text else "")


def describe_delivery(delivery: dict[str, Any]) -> str | None:
    """Why a delivery has not arrived, and what will happen next; None if there is nothing to say."""
    last = delivery["attempts"][-1] if delivery["attempts"] else {}
    match delivery["state"]:
        case DeliveryState.DELIVERED:
            return None
        case DeliveryState.HELD if delivery["due"]:
            return f"will be sent at {local_time(delivery['due'])}, unless another event cancels it"
        case DeliveryState.DROPPED:
            return f"cancelled by event {delivery['dropped_by']}"
        case DeliveryState.DISCARDED:
            return f"put aside by {delivery['discarded_by']}: {delivery['discarded_for']}"
        case DeliveryState.DEAD:
            failure = describe_attempt(last)
            if delivery["reason"] == FailureReason.EXHAUSTED and failure:
                return f"{ENGLISH.of_failure(FailureReason.EXHAUSTED)}; the last one: {failure}"
            return failure or (ENGLISH.of_failure(delivery["reason"]) if delivery["reason"] else None)
        case DeliveryState.WAITING if last and delivery["due"]:
            return f"{describe_attempt(last)}; next attempt at {local_time(delivery['due'])}"
    return describe_attempt(last)
