"""Settings from the environment: what cannot be used is named with what would be right, and no secret is shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.durations import parse_duration
from gateway.errors import SettingInvalid
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("GATEWAY_CONCURRENCY", "0", "a whole number from 1 to 512"),
        ("GATEWAY_CONCURRENCY", "9" * 5000, "a whole number from 1 to 512"),
        ("GATEWAY_LINGER", "2m", "a duration from 0s to 1m"),
        ("GATEWAY_RETENTION", "9999999999d", "a duration like"),
        ("GATEWAY_IDEMPOTENCY_WINDOW", "5m", "a duration from 1h to 7d"),
        ("GATEWAY_BIND", "127.0.0.1", "HOST:PORT, like 127.0.0.1:8080"),
        ("GATEWAY_RESOLVE", "a.example=b", "HOST:PORT=HOST:PORT"),
        ("GATEWAY_DURABILITY", "sometimes", "always or relaxed"),
        ("GATEWAY_URL", "localhost:8080", "http://HOST:PORT"),
        ("SSL_CERT_FILE", "/nowhere.pem", "a file or folder that exists"),
        ("GATEWAY_LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, text: str, expected: str) -> None:
    with pytest.raises(SettingInvalid, match=variable) as caught:
        Settings.from_environ({variable: text})
    assert expected in str(caught.value)


def test_a_wrong_value_is_repeated_in_part_only() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environ({"GATEWAY_BIND": "x" * 100_000})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("token", ["ngw_secret\n", "ngw_s\u00fc"])
def test_an_error_shows_no_token(token: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environ({"GATEWAY_TOKEN": f"{token} x"})
    assert "ngw_" not in str(caught.value)


def test_of_two_bundles_that_of_requests_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.touch()

    assert Settings.from_environ({"SSL_CERT_FILE": str(one)}).ca_bundle == one
    assert Settings.from_environ({"SSL_CERT_FILE": str(one), "REQUESTS_CA_BUNDLE": str(other)}).ca_bundle == other


def test_an_error_shows_no_password() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_environ({"REDIS_URL": "http://user:hunter2@cache:6379"})
    assert "hunter2" not in str(caught.value)
    assert "redis://" in str(caught.value)


def test_a_lease_outlives_two_attempts() -> None:
    with pytest.raises(SettingInvalid, match="GATEWAY_LEASE"):
        Settings.from_environ({"GATEWAY_LEASE": "20s"})
    assert Settings.from_environ({"GATEWAY_LEASE": "20s", "GATEWAY_ATTEMPT_TIMEOUT": "10s"}).lease.seconds == 20


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604800)])
def test_durations_are_parsed(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
