"""Logs results: failures, lanes that open and close, and at level DEBUG every delivery."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta

from gateway.durations import describe_span
from gateway.log_limit import LogLimit
from gateway.model import FailureReason
from gateway.store.ledger import LANE_CLOSED
from gateway.store.records import DeliveryResult

log = logging.getLogger(__name__)

_limit = LogLimit()


def log_results(batch: Sequence[DeliveryResult], changes: Sequence[int]) -> None:
    """Logs the results of *batch*; *changes* is what recording each of them changed in the ledger."""
    logs_all = log.isEnabledFor(logging.DEBUG)
    for result, change in zip(batch, changes, strict=True):
        if change == 1 and result.reason is None and not logs_all:
            continue
        lease = result.lease
        event_id = str(json.loads(lease.event)["id"]) if lease.event else ""  # empty: the event has expired
        ids = {"event": event_id, "delivery": lease.id, "target": lease.target, "lane": lease.lane}
        if change == 0:
            log.warning("late result of %s ignored: its lease had ended", lease.id, extra=ids)
            continue
        failure = result.reason.value if result.reason else "no reason"
        if detail := result.attempt.result.detail:  # addresses and secrets have been removed from it
            failure += f" ({detail})"
        if change == LANE_CLOSED:
            log.warning("lane %s closes: its service answers again", lease.lane, extra=ids)
        elif change > 1:
            span = describe_span(timedelta(seconds=round(change / 1000, 1)))
            log.warning("lane %s is open for %s: %s", lease.lane, span, failure, extra=ids)
        if result.reason is FailureReason.GONE:
            log.error("%s is gone (410) and disabled: gateway targets --enable NAME", lease.target, extra=ids)
        elif result.reason is not None:
            _log_failure(result, failure, ids)
        elif logs_all:
            log.debug("delivered to %s at attempt %d", lease.target, result.attempt.number, extra=ids)


def _log_failure(result: DeliveryResult, failure: str, ids: dict[str, str]) -> None:
    """Logs a failure, once a minute for each target and reason, with the number of those left out."""
    target = result.lease.target
    suffix = _limit.suffix((target, result.verdict, result.reason))
    if suffix is not None:
        follows = "it is dead" if result.verdict == "dead" else f"tried again in {result.wait_s:.0f} s"
        number = result.attempt.number
        log.warning("attempt %d to send to %s failed: %s; %s%s", number, target, failure, follows, suffix, extra=ids)
