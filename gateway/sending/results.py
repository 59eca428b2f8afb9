"""The result of an attempt, from what happened on the wire and what the plugin reports."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.model import FailureReason, SendResult
from gateway.sending import classify
from gateway.sending.answers import find_verdict
from gateway.sending.retry_after import retry_after_s
from gateway.sending.traits import ServiceTraits
from gateway.sending.transport.deadline import AttemptTrace

NO_REASON = "the service rejected the message without giving a reason"


def result_of(trace: AttemptTrace, traits: ServiceTraits, *, is_sent: bool, reason_given: str = "") -> SendResult:
    """The result of an attempt; *is_sent* and *reason_given* are reported by the plugin. The detail is not yet
    redacted.

    A refusal in the body of an answer counts even if the plugin considers the message sent: many plugins look only at
    the status.
    """
    if is_sent and trace.refusal is None:
        return SendResult(None, status=trace.success_status if trace.smtp_code is None else trace.smtp_code)
    if trace.fault is not None:
        reason, is_permanent = classify.FAULTS[trace.fault]
        return SendResult(reason, is_permanent, detail=trace.fault_detail)
    if trace.smtp_code is not None:
        reason_of_mail, is_permanent = classify.classify_smtp(trace.smtp_code)
        detail = f"the mail server answered {trace.smtp_code} {trace.answer}"
        return SendResult(reason_of_mail or FailureReason.REFUSED, is_permanent, trace.smtp_code, detail=detail)
    if trace.refusal is not None:
        refusal = trace.refusal
        verdict = ", but its answer seems to say no" if refusal.is_guess else " and refused the message"
        explanation = f": {refusal.explanation}" if refusal.explanation else ""
        detail = f"the service answered HTTP {trace.status}{verdict}{explanation}"
        retry_after = _retry_after_s(trace, traits) if refusal.reason is FailureReason.THROTTLED else None
        return SendResult(refusal.reason, refusal.is_permanent, trace.status, retry_after, detail)
    if trace.status is not None:
        return _of_status(trace, trace.status, traits)
    return SendResult(FailureReason.REFUSED, detail=reason_given or NO_REASON)


def result_of_exception(trace: AttemptTrace, traits: ServiceTraits, exc: BaseException) -> SendResult:
    """The result of an attempt in which the plugin raised *exc*: what happened on the wire before, if that was a
    failure.

    A plugin that fails in its own code does so every time, and the service may have accepted the message; so it is not
    tried again. A connection that a plugin opens by itself may well succeed later.
    """
    if trace.has_failed:
        return result_of(trace, traits, is_sent=False)
    if isinstance(exc, OSError):
        return SendResult(
            FailureReason.CONNECTION, detail=f"the connection to the service failed ({type(exc).__name__})"
        )
    seen = f" after the service answered HTTP {trace.status}" if trace.status else ""
    detail = f"Apprise's plugin for the service failed with {type(exc).__name__}{seen}"
    return SendResult(FailureReason.INTERNAL, True, trace.status, detail=detail)


def _of_status(trace: AttemptTrace, status: int, traits: ServiceTraits) -> SendResult:
    answer = f": {trace.answer.strip()}" if trace.answer.strip() else ""
    reason, is_permanent = classify.classify_http(status)
    if reason is None:
        detail = f"the service answered HTTP {status}, which its plugin takes for a refusal{answer}"
        return SendResult(FailureReason.REFUSED, status=status, detail=detail)
    reason, is_permanent = find_verdict(traits.answer_checks, trace.body) or (reason, is_permanent)
    is_put_off = status in classify.RETRY_AFTER_STATUSES or reason is FailureReason.THROTTLED
    retry_after = _retry_after_s(trace, traits) if is_put_off else None
    return SendResult(reason, is_permanent, status, retry_after, f"the service answered HTTP {status}{answer}")


def _retry_after_s(trace: AttemptTrace, traits: ServiceTraits) -> float | None:
    now = datetime.now(UTC)
    return retry_after_s(trace.headers, trace.body, now, is_body_in_ms=traits.counts_retry_after_in_ms)
