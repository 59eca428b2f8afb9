"""What an answer of a provider means: delivered, try again, or never: pure tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from gateway.model import FailureReason

MOST_RETRY_AFTER_S = 6 * 3600.0


class Trouble(StrEnum):
    """Why there was no answer."""

    NAME = "the host name was not found"
    REFUSED = "the connection was refused"
    CONNECT_TIMEOUT = "no connection in time"
    RESET = "the connection broke"
    READ_TIMEOUT = "no answer in time; the message may have arrived"
    HANDSHAKE = "TLS could not be agreed on"
    CERTIFICATE = "the certificate is not valid"
    FORBIDDEN = "the address must not be reached"
    MALFORMED = "the address is no valid URL"
    UNREADABLE = "the answer is not readable"


RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 600)})

REASONS_OF_STATUS = {
    401: FailureReason.UNAUTHORIZED,
    403: FailureReason.UNAUTHORIZED,
    404: FailureReason.NOT_FOUND,
    408: FailureReason.TIMEOUT,
    410: FailureReason.GONE,
    425: FailureReason.UNAVAILABLE,
    429: FailureReason.THROTTLED,
}

OUTCOMES_OF_TROUBLE = {
    Trouble.NAME: (FailureReason.CONNECTION, False),
    Trouble.REFUSED: (FailureReason.CONNECTION, False),
    Trouble.CONNECT_TIMEOUT: (FailureReason.TIMEOUT, False),
    Trouble.RESET: (FailureReason.CONNECTION, False),
    Trouble.READ_TIMEOUT: (FailureReason.TIMEOUT, False),
    Trouble.HANDSHAKE: (FailureReason.TLS, False),
    Trouble.CERTIFICATE: (FailureReason.TLS, True),
    Trouble.FORBIDDEN: (FailureReason.ADDRESS, True),
    Trouble.MALFORMED: (FailureReason.ADDRESS, True),
    Trouble.UNREADABLE: (FailureReason.UNAVAILABLE, False),
}

ERRORS_IN_SUCCESS = {
    "invalid_auth": FailureReason.UNAUTHORIZED,
    "not_authed": FailureReason.UNAUTHORIZED,
    "account_inactive": FailureReason.UNAUTHORIZED,
    "token_revoked": FailureReason.UNAUTHORIZED,
    "token_expired": FailureReason.UNAUTHORIZED,
    "missing_scope": FailureReason.UNAUTHORIZED,
    "channel_not_found": FailureReason.NOT_FOUND,
    "not_in_channel": FailureReason.NOT_FOUND,
    "is_archived": FailureReason.GONE,
}
"""Words of Slack's Web API, which answers 200 to say no (https://api.slack.com/methods/chat.postMessage#errors)."""


def of_status(status: int) -> tuple[FailureReason | None, bool]:
    """Reason (None: accepted) and whether it is permanent, of an HTTP *status* 200-599.

    Success is 2xx; 3xx is never followed; 408, 425, 429, 500, 502-504 and 520-599 are tried again.
    """
    if 200 <= status < 300:
        return None, False
    is_permanent = status not in RETRYABLE_STATUSES
    if 300 <= status < 400:
        return FailureReason.REDIRECTED, True
    if reason := REASONS_OF_STATUS.get(status):
        return reason, is_permanent
    return (FailureReason.UNAVAILABLE if status >= 500 else FailureReason.REJECTED), is_permanent


def of_trouble(trouble: Trouble) -> tuple[FailureReason, bool]:
    """Reason and whether it is permanent, when there was no answer."""
    return OUTCOMES_OF_TROUBLE[trouble]


def of_smtp_code(code: int, *, at_login: bool = False) -> tuple[FailureReason | None, bool]:
    """Reason (None: accepted) and whether it is permanent, of an SMTP reply *code*.

    4yz is tried again; 5yz is permanent (RFC 5321, 4.2.1), as UNAUTHORIZED when the server asks for
    a login or refuses it (530, 534, 535, 538: RFC 4954, 6) and as NOT_FOUND for an unknown mailbox (550, 551, 553).
    """
    if 200 <= code < 400:
        return None, False
    if 400 <= code < 500:
        throttled = code in (421, 450, 451, 452)
        return (FailureReason.UNAVAILABLE if throttled else FailureReason.REJECTED), False
    if code in (530, 534, 535, 538) or (at_login and code >= 500):
        return FailureReason.UNAUTHORIZED, True
    if code in (550, 551, 553):
        return FailureReason.NOT_FOUND, True
    return FailureReason.REJECTED, 500 <= code < 600


def of_refusal(body: str) -> tuple[FailureReason, bool]:
    """Reason and whether it is permanent, when the service took a 2xx answer with *body* for a no.

    What the provider means is known for a few words only; anything else is tried again.
    """
    try:
        word = json.loads(body).get("error")
    except (ValueError, AttributeError):
        return FailureReason.REFUSED, False
    if word == "ratelimited":
        return FailureReason.THROTTLED, False
    reason = ERRORS_IN_SUCCESS.get(word) if isinstance(word, str) else None
    return (reason, True) if reason else (FailureReason.REFUSED, False)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds from *now* that a Retry-After header (RFC 9110, 10.2.3) asks for, capped at 6 h; None if it says nothing."""
    if not value:
        return None
    text = value.strip()
    try:
        wait_s = float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else _until(text, now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait_s, 0.0), MOST_RETRY_AFTER_S)


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
