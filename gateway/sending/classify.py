"""Classifies a provider's answer: delivered, worth another attempt, or a permanent failure. Pure."""

from __future__ import annotations

from gateway.model import FailureReason as Reason
from gateway.sending.transport.faults import Fault

RETRYABLE = {408: Reason.TIMEOUT, 425: Reason.UNAVAILABLE, 429: Reason.THROTTLED}
RETRYABLE |= dict.fromkeys((500, 502, 503, 504, *range(506, 600)), Reason.UNAVAILABLE)
PERMANENT = {401: Reason.UNAUTHORIZED, 403: Reason.UNAUTHORIZED, 404: Reason.NOT_FOUND, 410: Reason.GONE}

RETRY_AFTER_STATUSES = (429, 503)
"""Statuses with which Retry-After says when to try again (RFC 9110, 10.2.3; RFC 6585, 4)."""

FAULTS = {
    Fault.TIMEOUT: (Reason.TIMEOUT, False),
    Fault.CONNECTION: (Reason.CONNECTION, False),
    Fault.CERTIFICATE: (Reason.TLS, False),
    Fault.TLS: (Reason.TLS, False),
    Fault.FORBIDDEN: (Reason.ADDRESS, True),
    Fault.MALFORMED: (Reason.ADDRESS, True),
    Fault.UNSUPPORTED: (Reason.ADDRESS, True),
}


def classify_http(status: int) -> tuple[Reason | None, bool]:
    """The failure reason for an HTTP status (None if delivered), and whether the failure is permanent.

    Redirects (3xx) are never followed. Of the 5xx only 501 and 505 are permanent.
    """
    if 200 <= status < 300:
        return None, False
    if status in RETRYABLE:
        return RETRYABLE[status], False
    if 300 <= status < 400:
        return Reason.REDIRECTED, True
    return PERMANENT.get(status, Reason.REJECTED), True


def classify_smtp(code: int) -> tuple[Reason | None, bool]:
    """The failure reason for an SMTP reply code (None if delivered), and whether it is permanent (RFC 5321, 4.2.1; RFC
    4954, 6)."""
    if 200 <= code < 400:
        return None, False
    if 500 <= code < 600:
        return (Reason.UNAUTHORIZED if code in (530, 534, 535, 538) else Reason.REJECTED), True
    return Reason.UNAVAILABLE, False
