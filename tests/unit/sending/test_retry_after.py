"""How long a provider asks to wait, in each of the ways in which providers say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from gateway.sending.retry_after import MAX_RETRY_AFTER_S, retry_after_s

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def date(delta: timedelta) -> str:
    return format_datetime(NOW + delta, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (" 7 ", 7),
        ("0.35", 0.35),
        ("1.0", 1),
        ("999999999", MAX_RETRY_AFTER_S),
        (date(timedelta(seconds=90)), 90),
        (date(timedelta(days=9)), MAX_RETRY_AFTER_S),
        (str(EPOCH + 60), 60),
    ],
)
def test_retry_after_is_seconds_or_a_date_up_to_six_hours(value: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": value}, b"", NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        "0", "00", "0.0", "0.000", "-5", "", "soon", "\u0663", "1e3", "NaN", "inf", ".", "1.2.3",
        "Mon, 99 Nov 2026 99:99:99 GMT", date(timedelta(0)), date(-timedelta(hours=1)), str(EPOCH - 5),
    ],
)  # fmt: skip
def test_zero_the_past_and_nonsense_count_as_none(value: str) -> None:
    assert retry_after_s({"retry-after": value}, b"", NOW) is None
    assert retry_after_s({"x-ratelimit-reset": value}, b"", NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset-after": "1.5"}, 1.5),
        ({"x-ratelimit-reset": str(EPOCH + 12)}, 12),
        ({"x-ratelimit-reset": f"{EPOCH + 12}.250"}, 12.25),
        ({"x-ratelimit-reset": str((EPOCH + 12) * 1000)}, 12),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"x-sib-ratelimit-reset": "45"}, 45),
        ({"x-ratelimit-period-in-sec": "60"}, 60),
        ({"retry-after": "3", "x-ratelimit-reset": "99"}, 3),
        ({"retry-after": "0", "x-ratelimit-reset-after": "2"}, 2),
    ],
)
def test_limits_say_when_they_are_lifted(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_s(headers, b"", NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"message": "You are being rate limited.", "retry_after": 0.742, "global": False}, 0.742),
        ({"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}, 35),
        ({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, 2.5),
        ({"code": "RATE_LIMIT_HIT", "retry-after": 28.7}, 28.7),
        ({"retry_after": "12"}, 12),
        ({"retry_after": 0}, None),
        ({"retry_after": -1}, None),
        ({"retry_after": True}, None),
        ({"retry_after": [1]}, None),
        ({"parameters": 5}, None),
        ([1], None),
        ("nothing", None),
    ],
)
def test_a_body_says_how_long_to_wait(body: Any, seconds: float | None) -> None:
    assert retry_after_s({}, json.dumps(body).encode(), NOW) == seconds


def test_a_provider_may_count_milliseconds() -> None:
    assert retry_after_s({}, b'{"retry_after": 1500}', NOW, is_body_in_ms=True) == 1.5


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"retry_after": 1e999}', b'{"retry_after": NaN}'])
def test_a_body_that_says_nothing_usable_asks_for_no_wait(body: bytes) -> None:
    assert retry_after_s({}, body, NOW) is None
