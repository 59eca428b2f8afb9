"""What a provider's answer means: delivered, worth another attempt, or final. Pure tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.model import FailureReason as Reason
from gateway.sending.transport.faults import Fault

MAX_RETRY_AFTER_S = 6 * 3600.0

RETRYABLE = {408: Reason.TIMEOUT, 425: Reason.UNAVAILABLE, 429: Reason.THROTTLED}
RETRYABLE |= dict.fromkeys((500, 502, 503, 504, *range(506, 600)), Reason.UNAVAILABLE)
PERMANENT = {401: Reason.UNAUTHORIZED, 403: Reason.UNAUTHORIZED, 404: Reason.NOT_FOUND, 410: Reason.GONE}

RETRY_AFTER_STATUSES = (429, 503)
"""Statuses whose Retry-After says when to come back (RFC 9110, 10.2.3; RFC 6585, 4)."""

FAULTS = {
    Fault.TIMEOUT: (Reason.TIMEOUT, False),
    Fault.CONNECTION: (Reason.CONNECTION, False),
    Fault.CERTIFICATE: (Reason.TLS, True),
    Fault.TLS: (Reason.TLS, False),
    Fault.FORBIDDEN: (Reason.ADDRESS, True),
    Fault.MALFORMED: (Reason.ADDRESS, True),
    Fault.UNSUPPORTED: (Reason.ADDRESS, True),
}

REASONS_BY_ERROR_CODE = {
    "ratelimited": (Reason.THROTTLED, False),
    "invalid_auth": (Reason.UNAUTHORIZED, True),
    "not_authed": (Reason.UNAUTHORIZED, True),
    "account_inactive": (Reason.UNAUTHORIZED, True),
    "token_revoked": (Reason.UNAUTHORIZED, True),
    "token_expired": (Reason.UNAUTHORIZED, True),
    "missing_scope": (Reason.UNAUTHORIZED, True),
    "channel_not_found": (Reason.NOT_FOUND, True),
    "not_in_channel": (Reason.NOT_FOUND, True),
    "is_archived": (Reason.GONE, True),
}
"""The `error` of Slack's Web API, which answers 200 to say no (docs.slack.dev/reference/methods/chat.postMessage)."""


def classify_http(status: int) -> tuple[Reason | None, bool]:
    """(reason or None when delivered, is it permanent) of an HTTP status.

    A 3xx is never followed. Of the 5xx only 501 and 505 are final.
    """
    if 200 <= status < 300:
        return None, False
    if status in RETRYABLE:
        return RETRYABLE[status], False
    if 300 <= status < 400:
        return Reason.REDIRECTED, True
    return PERMANENT.get(status, Reason.REJECTED), True


def classify_smtp(code: int) -> tuple[Reason | None, bool]:
    """(reason or None, is it permanent) of an SMTP reply code (RFC 5321, 4.2.1; RFC 4954, 6)."""
    if 200 <= code < 400:
        return None, False
    if 500 <= code < 600:
        return (Reason.UNAUTHORIZED if code in (530, 534, 535, 538) else Reason.REJECTED), True
    return Reason.UNAVAILABLE, False


def classify_refusal(answer: str) -> tuple[Reason, bool]:
    """(reason, is it permanent) when Apprise takes a 2xx with the body *answer* for a refusal."""
    try:
        code = json.loads(answer).get("error")
    except (ValueError, AttributeError):
        code = None
    return REASONS_BY_ERROR_CODE.get(code if isinstance(code, str) else "", (Reason.REFUSED, False))


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks to wait, 0 to 6 h; None when it says nothing usable."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER_S)
