"""When a provider wants to be tried again: in a header or in the body, as a wait or as a moment."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

MAX_RETRY_AFTER_S = 6 * 3600.0
EPOCH_FROM_S = 1e9
"""A number from here on is a moment in seconds since 1970, not a wait."""
EPOCH_FROM_MS = 1e12

WAIT_HEADERS = ("x-ratelimit-reset-after", "ratelimit-reset", "x-sib-ratelimit-reset", "x-ratelimit-period-in-sec")
"""Seconds until the limit is lifted: Discord, the IETF's draft, Brevo, Opsgenie."""
RESET_HEADERS = ("x-ratelimit-reset", "x-rate-limit-reset")
"""A moment at Discord, SendGrid and Pushbullet, seconds at Mattermost; the size of the number tells them apart."""
BODY_PATHS = (
    ("retry_after",),
    ("parameters", "retry_after"),
    ("retry-after",),
    ("retryAfter",),
    ("error", "retry_after"),
)
"""Seconds in a JSON body: Discord and Slack, Telegram, Zulip and others."""
BODY_PATHS_MS = (("retry_after_ms",),)
"""Milliseconds: Matrix."""


def retry_after_s(
    headers: Mapping[str, str], body: bytes, now: datetime, *, is_body_in_ms: bool = False
) -> float | None:
    """The wait that the answer asks for, in seconds, at most 6 h; None if it asks for none.

    Zero and a moment in the past count as none: obeying them would mean asking again without end. The names in
    *headers* are in lower case. *is_body_in_ms*: this provider gives milliseconds in its body.
    """
    waits: list[float] = []  # the most specific one first
    value = headers.get("retry-after", "").strip()
    if value:
        waits += _seconds(value, now)
        with suppress(ValueError):
            date = parsedate_to_datetime(value)  # an HTTP date (RFC 9110, 5.6.7)
            waits.append(((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())
    for name in (*WAIT_HEADERS, *RESET_HEADERS):
        waits += _seconds(headers.get(name, ""), now)
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
    for path in BODY_PATHS:
        waits += [wait / 1000 if is_body_in_ms else wait for wait in _seconds(_at(document, path), now)]
    for path in BODY_PATHS_MS:
        waits += [wait / 1000 for wait in _seconds(_at(document, path), now)]
    usable = [wait for wait in waits if math.isfinite(wait) and wait > 0]
    return min(usable[0], MAX_RETRY_AFTER_S) if usable else None


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _seconds(value: Any, now: datetime) -> Iterator[float]:
    """The wait that a number means; it may have decimals or be a moment. Nothing for other values."""
    if isinstance(value, str) and value.isascii() and value.strip().replace(".", "", 1).isdigit():
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if value >= EPOCH_FROM_MS:
        value /= 1000
    yield value - now.timestamp() if value >= EPOCH_FROM_S else float(value)
