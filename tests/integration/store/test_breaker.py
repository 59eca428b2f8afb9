"""A lane's breaker and pauses in the ledger: nothing is tried while it is open, and one message probes (R15, R16)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.model import FailureReason, SendResult
from gateway.store import keys
from gateway.store.alarms import Alarms
from gateway.store.client import connect
from gateway.store.ledger import FAILURES_THAT_OPEN, LANE_CLOSED, Ledger
from gateway.store.records import DeliveryResult, Drain, Lease
from gateway.store.views import Views
from tests.integration.store.test_ledger import LANE, REFUSED, acceptance, attempt, claim, settings, state

GONE = SendResult(FailureReason.GONE, True, 410)
SCALE = 0.01
"""The first 30 s are 0.3 s."""


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    client = connect(redis_url, timeout_s=2)
    yield Ledger(client, settings(time_scale=SCALE, lease=timedelta(seconds=1)))
    client.close()


def fail(ledger: Ledger, lease: Lease) -> None:
    ledger.record_results(
        [DeliveryResult(lease, attempt(result=REFUSED), "retry", 60.0, FailureReason.UNAVAILABLE, health="down")]
    )


def succeed(ledger: Ledger, lease: Lease) -> None:
    ledger.record_results([DeliveryResult(lease, attempt(), "delivered", health="up")])


def backlog(ledger: Ledger, count: int = 20) -> None:
    ledger.accept([acceptance(f"evt-{number}", "noc") for number in range(count)])


def opened(ledger: Ledger) -> None:
    """Five failures in a row."""
    for lease in claim(ledger, FAILURES_THAT_OPEN):
        fail(ledger, lease)


def until_claimed(ledger: Ledger) -> list[Lease]:
    while not (leases := claim(ledger)):
        time.sleep(0.01)
    return leases


def test_five_failures_in_a_row_open_the_lane_and_waiting_burns_no_attempt(ledger: Ledger) -> None:
    backlog(ledger)
    opened(ledger)
    assert claim(ledger) == []
    (lane,) = Views(ledger.client).lanes()
    assert (lane["lane"], lane["state"], lane["waiting"]) == (LANE.name, "open", 20)
    waiting = [row for row in Views(ledger.client).deliveries() if not row["attempts"]]
    assert len(waiting) == 15


def test_failures_between_successes_open_nothing(ledger: Ledger) -> None:
    backlog(ledger)
    for number, lease in enumerate(claim(ledger, 20)):
        (succeed if number % 5 == 4 else fail)(ledger, lease)
    (lane,) = Views(ledger.client).lanes()
    assert lane["state"] == "ready"


def test_one_message_probes_and_its_success_closes_the_breaker(ledger: Ledger) -> None:
    backlog(ledger)
    opened(ledger)
    (probe,) = until_claimed(ledger)
    assert claim(ledger) == [], "one at a time"
    succeed(ledger, probe)
    assert len(claim(ledger)) == 10


def test_a_probe_that_fails_opens_the_lane_for_twice_as_long(ledger: Ledger) -> None:
    backlog(ledger)
    opened(ledger)
    first = ledger.client.hget(keys.lane(LANE.name), "open_ms")
    (probe,) = until_claimed(ledger)
    fail(ledger, probe)
    assert int(ledger.client.hget(keys.lane(LANE.name), "open_ms")) == 2 * int(first)  # type: ignore[arg-type]
    assert claim(ledger) == []


def test_a_probe_whose_worker_dies_leaves_the_next_to_another(ledger: Ledger) -> None:
    backlog(ledger)
    opened(ledger)
    (lost,) = until_claimed(ledger)
    (probe,) = until_claimed(ledger)  # after the lease
    assert probe.id != lost.id or probe.token != lost.token


def test_what_was_under_way_when_it_opened_opens_it_no_further(ledger: Ledger) -> None:
    backlog(ledger)
    for lease in claim(ledger, 10):
        fail(ledger, lease)
    assert int(ledger.client.hget(keys.lane(LANE.name), "open_ms")) == 300  # type: ignore[arg-type]


def test_an_event_for_an_open_lane_starts_no_drain(ledger: Ledger) -> None:
    backlog(ledger)
    opened(ledger)
    ledger.release(Drain(LANE.name, "slot"))
    _, drains = ledger.accept([acceptance("late", "noc")])
    assert drains == []


def test_a_service_that_asks_for_quiet_gets_it_for_the_whole_lane(ledger: Ledger) -> None:
    backlog(ledger, 3)
    (first,) = claim(ledger, 1)
    ledger.record_results([DeliveryResult(first, attempt(result=REFUSED), "pause", 0.3, FailureReason.THROTTLED)])
    assert claim(ledger) == []
    (lane,) = Views(ledger.client).lanes()
    assert lane["state"] == "paused"
    found = until_claimed(ledger)
    assert first.id not in {one.id for one in found} or len(found) == 3
    assert state(ledger, first.id)["attempts"]


def test_a_target_that_is_gone_gets_nothing_until_it_is_enabled(ledger: Ledger) -> None:
    ledger.accept([acceptance(f"evt-{number}", "noc", "ana/email") for number in range(3)])
    found = {lease.target: lease for lease in claim(ledger, 2)}
    ledger.record_results(
        [DeliveryResult(found["noc"], attempt(result=GONE), "dead", reason=FailureReason.GONE, health="up")]
    )
    alarms = Alarms(ledger.client)
    assert [(one["target"], one["state"]) for one in alarms.targets()] == [("noc", "disabled")]
    assert {lease.target for lease in claim(ledger)} == {"ana/email"}
    dead = Views(ledger.client).deliveries(state="dead")
    assert sorted(row["reason"] for row in dead) == ["disabled", "disabled", "gone"]
    assert alarms.enable("noc")
    assert not alarms.enable("noc")
    ledger.replay([row["id"] for row in dead])
    assert [lease.target for lease in claim(ledger)] == ["noc"] * 3


def settled(lease: Lease, health: str) -> DeliveryResult:
    if health == "up":
        return DeliveryResult(lease, attempt(), "delivered", health="up")
    return DeliveryResult(lease, attempt(result=REFUSED), "retry", 60.0, FailureReason.UNAVAILABLE, health="down")


@pytest.mark.parametrize(
    ("healths", "state"),
    [
        ("down " * 5, "open"),
        ("down down down down up down", "ready"),
        ("up up down down down down down", "open"),
        ("down " * 5 + "up", "ready"),
    ],
)
def test_results_that_are_recorded_together_count_one_after_the_other(ledger: Ledger, healths: str, state: str) -> None:
    backlog(ledger)
    words = healths.split()
    leases = claim(ledger, len(words))
    assert all(ledger.record_results([settled(*one) for one in zip(leases, words, strict=True)]))
    (lane,) = Views(ledger.client).lanes()
    assert (lane["state"], lane["under_way"]) == (state, 0)


def test_the_ledger_says_which_result_opened_the_lane_and_which_closed_it(ledger: Ledger) -> None:
    backlog(ledger)
    leases = claim(ledger, 6)
    changes = ledger.record_results([settled(*one) for one in zip(leases, ["down"] * 5 + ["up"], strict=True)])
    assert changes[:4] == [1, 1, 1, 1]
    assert changes[4] >= 2
    assert changes[5] == LANE_CLOSED


def test_of_results_that_are_recorded_together_one_without_its_lease_counts_for_nothing(ledger: Ledger) -> None:
    backlog(ledger, 3)
    leases = claim(ledger, 3)
    ledger.record_results([settled(leases[1], "up")])
    assert ledger.record_results([settled(one, "up") for one in leases]) == [True, False, True]
    (lane,) = Views(ledger.client).lanes()
    assert lane["under_way"] == 0
