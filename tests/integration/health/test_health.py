"""Signs of life, and troubles of the gateway itself that become alarms and end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.health.alarms import notify_operators
from gateway.health.check import HealthCheck
from gateway.health.reasons import Reason
from gateway.health.sign_of_life import SignOfLife
from gateway.health.watch import LASTS_SIGNS, TroubleWatch
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings
from gateway.store import keys
from tests.support.builders import CATALOG

ROUTES = """
channels:
  ops: {service: inbox}
routes:
  - {name: operators, notify: ["gateway.*"], to: [ops]}
"""
SIGN_EVERY = timedelta(milliseconds=100)
NO_WORKER = Reason("no_worker", "No worker is alive.", "Start one.")


@pytest.fixture
def runtime(tmp_path: Path, redis_url: str) -> Iterator[Runtime]:
    folder = tmp_path / "config"
    (folder / "routes").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "routes" / "routes.yaml").write_text(ROUTES)
    settings = Settings(config_folder=folder, data_folder=tmp_path / "data", redis_url=redis_url, sign_every=SIGN_EVERY)
    runtime = open_runtime(settings, {})
    yield runtime
    runtime.close()


def sign(runtime: Runtime, kind: str = "worker", name: str = "worker-1") -> SignOfLife:
    return SignOfLife(runtime.processes, kind, name, SIGN_EVERY, runtime.config)  # type: ignore[arg-type] # any kind


def test_a_process_reports_what_it_is_and_leaves(runtime: Runtime) -> None:
    worker = sign(runtime)
    worker.report()
    (record,) = runtime.processes.records()
    assert (record.facts.kind, record.facts.name) == ("worker", "worker-1")
    assert (record.facts.config, record.facts.problems) == (runtime.config.current().digest, 0)
    worker.report()
    (again,) = runtime.processes.records()
    assert again.last > record.last
    assert again.changed == record.changed, "it says the same as before"
    worker.leave()
    assert runtime.processes.records() == []


def test_what_has_been_silent_for_an_hour_is_forgotten(runtime: Runtime) -> None:
    sign(runtime).report()
    client = runtime.ledger.client
    (name,) = client.zrange(keys.SIGNS, 0, -1)
    client.zadd(keys.SIGNS, {name: 1000})
    sign(runtime, name="worker-2").report()
    assert [record.facts.name for record in runtime.processes.records()] == ["worker-2"]
    assert client.hlen(keys.PROCESSES) == 1


def test_a_sign_asks_the_server_once_in_a_while(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, calls = sign(runtime), []
    monkeypatch.setattr(SignOfLife, "report", lambda self: calls.append(self) or setattr(self, "_due", float("inf")))
    for _ in range(100):
        worker.tick()
    assert len(calls) == 1


def test_the_health_is_looked_at_once_a_second_at_most(runtime: Runtime) -> None:
    check = HealthCheck(runtime, sign(runtime, "serve", "web"))
    assert check.current() is check.current()
    assert [reason.name for reason in check.current().reasons] == ["no_worker", "no_dispatcher"]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(runtime: Runtime) -> list[tuple[str, bool, str]]:
    """(kind, whether it is over, severity) of what operators have heard of, sorted."""
    notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
    events = [runtime.views.event(row["id"]) for row in runtime.views.events(100, ["gateway"])]
    return sorted((event["data"]["kind"], event["data"].get("over", False), event["severity"]) for event in events)


def test_a_trouble_that_lasts_is_told_once_and_its_end_as_well(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    watches = [TroubleWatch(runtime, clock), TroubleWatch(runtime, clock)]
    for reasons in ([NO_WORKER], [NO_WORKER], [NO_WORKER], [NO_WORKER], [], []):
        for watch in watches:
            watch.update(reasons)
        clock.now += LASTS_SIGNS * SIGN_EVERY.total_seconds() / 2
    assert told(runtime) == [("workers_gone", False, "error"), ("workers_gone", True, "success")]
    messages = [record.getMessage() for record in caplog.records]
    assert messages.count("workers_gone: No worker is alive. Start one.") == messages.count("workers_gone is over") == 1
    (last, first) = runtime.views.deliveries(10, target="ops")
    assert last["event"] != first["event"]


def test_a_restart_is_no_trouble(runtime: Runtime) -> None:
    clock = Clock()
    watch = TroubleWatch(runtime, clock)
    for reasons in ([NO_WORKER], [], [NO_WORKER], []):
        watch.update(reasons)
        clock.now += LASTS_SIGNS * SIGN_EVERY.total_seconds() / 2
    assert told(runtime) == []


def test_an_old_look_does_not_raise_again_what_another_has_ended(runtime: Runtime) -> None:
    clock = Clock()
    old, fresh = TroubleWatch(runtime, clock), TroubleWatch(runtime, clock)
    for _ in range(4):
        old.update([NO_WORKER])
        clock.now += LASTS_SIGNS * SIGN_EVERY.total_seconds() / 2
    fresh.update([])
    old.update([NO_WORKER])
    assert [alarm.is_over for alarm in runtime.alarms.pending()] == [False, True]
