"""Operators hear of troubles: from the ledger's alarm to a delivery elsewhere, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.health.alarms import notify_operators
from gateway.intake.accept import Accepted, accept
from gateway.model import Attempt, FailureReason, SendResult, Source
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.ledger import FAILURES_THAT_OPEN
from gateway.store.records import DeliveryResult, Lease
from tests.support.builders import CATALOG

ROUTES = """
sources:
  psa: {events: ["*"], tokens: ["sha256:HASH"]}
channels:
  noc: {service: inbox}
  desk: {service: inbox}
  ops: {service: inbox}
routes:
  - {name: tickets, notify: [ticket.changed.any], to: [noc, desk]}
  - {name: operators, notify: ["gateway.*"], to: [noc, ops]}
"""
SCALE = 0.0001
"""A lane that is open for 5 minutes has been for 30 ms, and probes after 3 ms."""


@pytest.fixture
def runtime(tmp_path: Path, redis_url: str) -> Iterator[Runtime]:
    folder = tmp_path / "config"
    (folder / "routes").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "routes" / "routes.yaml").write_text(ROUTES.replace("HASH", sha256(b"x").hexdigest()))
    settings = Settings(config_folder=folder, data_folder=tmp_path / "data", redis_url=redis_url, time_scale=SCALE)
    runtime = open_runtime(settings, {})
    yield runtime
    runtime.close()


def post(runtime: Runtime, count: int = 1) -> None:
    source: Source = runtime.config.current().sources["psa"]
    documents = [{"type": "ticket.changed", "data": {"ticket": {"id": number}}} for number in range(count)]
    outcomes = accept(runtime, source, documents, None, datetime.now(UTC), is_array=True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


def claim(runtime: Runtime, channel: str, count: int = 100) -> list[Lease]:
    return runtime.ledger.claim(runtime.config.current().lanes[f"channel/{channel}"], "slot", count)[0]


def record_results(runtime: Runtime, lease: Lease, reason: FailureReason | None) -> None:
    """None: it is delivered; a service that is unavailable is tried again at once; else it is dead."""
    result = SendResult(reason, is_permanent=True, status=400, detail="HTTP 400")
    attempt = Attempt(lease.attempt, datetime.now(UTC), 0.01, result)
    if reason is None:
        settlement = DeliveryResult(lease, attempt, "delivered", health="up")
    elif reason is FailureReason.UNAVAILABLE:
        settlement = DeliveryResult(lease, attempt, "retry", 0.0, reason, health="down")
    else:
        settlement = DeliveryResult(lease, attempt, "dead", reason=reason, health="up")
    assert all(runtime.ledger.record_results([settlement]))


def die(runtime: Runtime, channel: str, reason: FailureReason = FailureReason.REJECTED) -> None:
    """Everything that waits for *channel*."""
    for lease in claim(runtime, channel):
        record_results(runtime, lease, reason)


def told(runtime: Runtime) -> list[tuple[str, str, list[str]]]:
    """(kind, target, who hears of it) of what operators are told, oldest first, after the dispatcher's look."""
    notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
    found = [runtime.views.event(one["id"]) for one in reversed(runtime.views.events(100, ["gateway"]))]
    return [
        (one["data"]["kind"], one["data"]["target"], [delivery["target"] for delivery in one["deliveries"]])
        for one in found
    ]


def test_the_first_dead_letter_of_a_target_is_told_elsewhere(runtime: Runtime) -> None:
    post(runtime, 3)
    die(runtime, "noc")
    assert told(runtime) == [("dead_letter", "noc", ["ops"])], "three died, one is told, and not to the channel itself"
    (event,) = runtime.views.events(10, ["gateway"])
    data = runtime.views.event(event["id"])["data"]
    assert (data["lane"], data["reason"], data["detail"]) == ("channel/noc", "rejected", "HTTP 400")
    assert (event["type"], event["severity"]) == ("gateway.trouble", "error")


def test_each_target_has_its_own_alarm(runtime: Runtime) -> None:
    post(runtime)
    die(runtime, "noc")
    die(runtime, "desk")
    assert sorted(told(runtime)) == [("dead_letter", "desk", ["noc", "ops"]), ("dead_letter", "noc", ["ops"])]


def test_alarms_never_alarm_about_themselves(runtime: Runtime) -> None:
    post(runtime)
    die(runtime, "noc")
    assert len(told(runtime)) == 1
    die(runtime, "ops")
    assert len(told(runtime)) == 1
    assert [one["state"] for one in runtime.views.deliveries(10, target="ops")] == ["dead"]


@pytest.mark.parametrize("change", ["replay", "discard"])
def test_it_is_news_again_once_somebody_has_dealt_with_it(runtime: Runtime, change: str) -> None:
    post(runtime, 2)
    die(runtime, "noc")
    assert len(told(runtime)) == 1
    ids = [one["id"] for one in runtime.views.deliveries(10, state="dead")]
    assert sorted(runtime.ledger.replay(ids) if change == "replay" else runtime.ledger.discard(ids, "ana", "old")) == (
        sorted(ids)
    )
    if change == "discard":
        post(runtime)
    die(runtime, "noc")
    assert len(told(runtime)) == 2


@pytest.mark.parametrize(("hours", "alarms"), [(23, 1), (25, 2)])
def test_it_is_news_again_after_a_day(runtime: Runtime, hours: int, alarms: int) -> None:
    post(runtime)
    die(runtime, "noc")
    assert len(told(runtime)) == 1
    raised = datetime.now(UTC) - timedelta(hours=hours)
    runtime.ledger.client.hset(keys.ALARMED, "dead_letter noc", _ms(raised))
    runtime.alarms.expire()
    post(runtime)
    die(runtime, "noc")
    assert len(told(runtime)) == alarms


def test_a_target_that_is_gone_is_told_once_and_again_after_it_was_enabled(runtime: Runtime) -> None:
    post(runtime, 3)
    record_results(runtime, claim(runtime, "noc", 1)[0], FailureReason.GONE)
    assert claim(runtime, "noc") == [], "the others are dead, and that is no news"
    assert told(runtime) == [("target_disabled", "noc", ["ops"])]
    runtime.alarms.enable("noc")
    post(runtime)
    record_results(runtime, claim(runtime, "noc", 1)[0], FailureReason.GONE)
    assert len(told(runtime)) == 2


def test_a_target_that_refuses_us_needs_attention_until_it_takes_a_message(runtime: Runtime) -> None:
    post(runtime, 2)
    first, second = claim(runtime, "noc")
    record_results(runtime, first, FailureReason.UNAUTHORIZED)
    (found,) = runtime.alarms.targets()
    assert (found["target"], found["state"], found["reason"]) == ("noc", "needs-attention", "unauthorized")
    record_results(runtime, second, None)
    assert runtime.alarms.targets() == []


def test_a_lane_that_stays_open_is_told_and_so_is_its_recovery(runtime: Runtime) -> None:
    post(runtime, FAILURES_THAT_OPEN)
    for lease in claim(runtime, "noc"):
        record_results(runtime, lease, FailureReason.UNAVAILABLE)
    assert told(runtime) == [], "it has just opened"
    while not told(runtime):
        for lease in claim(runtime, "noc"):
            record_results(runtime, lease, FailureReason.UNAVAILABLE)
    while not (leases := claim(runtime, "noc")):
        pass
    record_results(runtime, leases[0], None)
    assert told(runtime) == [("lane_open", "noc", ["ops"]), ("lane_recovered", "noc", ["ops"])]
    for lease in claim(runtime, "noc"):
        record_results(runtime, lease, None)
    assert len(told(runtime)) == 2, "a service that answers is no news"


def test_a_lane_that_recovers_before_anybody_heard_of_it_is_no_news(runtime: Runtime) -> None:
    post(runtime, FAILURES_THAT_OPEN)
    for lease in claim(runtime, "noc"):
        record_results(runtime, lease, FailureReason.UNAVAILABLE)
    while not (leases := claim(runtime, "noc")):
        pass
    record_results(runtime, leases[0], None)
    assert told(runtime) == []


def test_several_dispatchers_and_one_that_died_in_between_tell_it_once(runtime: Runtime) -> None:
    post(runtime)
    die(runtime, "noc")
    alarms = runtime.alarms.pending()
    config = runtime.config.current()
    looks = [threading.Thread(target=notify_operators, args=(runtime, config, datetime.now(UTC))) for _ in range(4)]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    for alarm in alarms:  # as if the one that told it had died before it said so
        runtime.ledger.client.rpush(keys.ALARMS, f"{alarm.kind} {alarm.name} {alarm.delivery} {_ms(alarm.at)}")
    assert len(told(runtime)) == 1
    assert runtime.alarms.pending() == []


def test_an_alarm_whose_delivery_has_expired_is_given_up(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    runtime.ledger.client.rpush(keys.ALARMS, "dead_letter noc 0123-1 1764000000000")
    assert told(runtime) == []
    assert runtime.alarms.pending() == []
    assert "has expired" in caplog.text


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
