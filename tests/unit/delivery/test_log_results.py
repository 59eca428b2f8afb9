"""What the log says of results."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from gateway.delivery.log_results import log_results
from gateway.log_limit import LogLimit
from gateway.model import Attempt, FailureReason, SendResult
from gateway.store.ledger import LANE_CLOSED
from gateway.store.records import DeliveryResult, Lease

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.delivery.log_results._limit", LogLimit())


def result(reason: FailureReason | None, verdict: str = "retry") -> DeliveryResult:
    lease = Lease("d-1", "channel/noc", "1", 1, 0, 0, NOW, "noc", (), "key", '{"id": "7"}')
    attempt = Attempt(1, NOW, 0.1, SendResult(reason, status=503, detail="HTTP 503" if reason else ""))
    return DeliveryResult(lease, attempt, verdict, 5.0, reason)  # type: ignore[arg-type] # any verdict


DOWN = result(FailureReason.UNAVAILABLE)


def lines(
    caplog: pytest.LogCaptureFixture, *results: tuple[DeliveryResult, int], level: int = logging.INFO
) -> list[str]:
    caplog.set_level(level)
    log_results([one for one, _ in results], [change for _, change in results])
    return [record.getMessage() for record in caplog.records]


def test_a_lane_that_opens_is_logged_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, (DOWN, 30_000)) == [
        "lane channel/noc is open for 30 s: unavailable (HTTP 503)",
        "attempt 1 to send to noc failed: unavailable (HTTP 503); tried again in 5 s",
    ]
    (first, _) = caplog.records
    assert (first.event, first.delivery, first.lane) == ("7", "d-1", "channel/noc")  # type: ignore[attr-defined] # extra


def test_a_lane_that_closes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, (result(None, "delivered"), LANE_CLOSED)) == [
        "lane channel/noc closes: its service answers again"
    ]


def test_the_same_failure_is_logged_once_in_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    dead = result(FailureReason.REJECTED, "dead")
    assert lines(caplog, (DOWN, 1), (DOWN, 1), (dead, 1), (DOWN, 1)) == [
        "attempt 1 to send to noc failed: unavailable (HTTP 503); tried again in 5 s",
        "attempt 1 to send to noc failed: rejected (HTTP 503); it is dead",
    ]


def test_a_delivery_is_logged_only_when_everything_is(caplog: pytest.LogCaptureFixture) -> None:
    delivered = result(None, "delivered")
    assert lines(caplog, (delivered, 1)) == []
    assert lines(caplog, (delivered, 1), level=logging.DEBUG) == ["delivered to noc at attempt 1"]


def test_a_late_result_counts_for_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, (DOWN, 0)) == ["late result of d-1 ignored: its lease had ended"]
