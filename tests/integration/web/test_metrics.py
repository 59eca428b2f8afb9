"""`/metrics` shows the figures of all processes, in few series, and counts everything once."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from gateway.errors import StoreUnavailable
from gateway.host_port import HostPort
from gateway.model import Attempt, FailureReason, SendResult
from gateway.runtime import Runtime
from gateway.store import keys
from gateway.store.client import Script
from gateway.store.counters import DELIVERY_BUCKETS_MS, CountArgs, ProcessCounts, read_counters
from gateway.store.records import DeliveryResult
from gateway.web import create_app
from gateway.web.app import PROCESS
from gateway.web.metrics import serve_metrics
from gateway.web.process import WebProcess
from tests.integration.web.conftest import free_port
from tests.integration.web.test_api import auth, post
from tests.support.builders import NOW
from tests.support.gateway_folder import ADMIN, PSA, RMM, ticket
from tests.support.promtool import PROMTOOL

MAX_SERIES = 300


@pytest.fixture
def app(runtime: Runtime) -> Any:
    return create_app(runtime)


def scrape(app: Any) -> str:
    process: WebProcess = app.extensions[PROCESS]
    process.counts.flush()
    answer = app.test_client().get("/metrics", headers=auth(ADMIN))
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def series(text: str) -> dict[tuple[str, ...], float]:
    """The value of each series by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_happens_is_counted_once(app: Any, runtime: Runtime) -> None:
    client = app.test_client()
    post(client, ticket(1, id="a"))
    post(client, ticket(1, id="a"))
    post(client, [ticket(2), {"type": "none"}])
    post(client, {"type": "none"})
    client.post("/v1/events", json=ticket(3))
    lanes = {delivery["lane"] for delivery in runtime.views.deliveries()}
    verdicts = iter(["delivered", "dead", "retry"])
    failed, sent = SendResult(FailureReason.TIMEOUT), SendResult(None, status=200)
    for lane in sorted(lanes):
        leases, _ = runtime.ledger.claim(runtime.config.current().lanes[lane], "slot", 10)
        for lease in leases:
            verdict: Any = next(verdicts, "delivered")
            result = sent if verdict == "delivered" else failed
            done = DeliveryResult(lease, Attempt(1, NOW, 0.1, result), verdict, reason=result.reason, service="mailto")
            assert runtime.ledger.record_results([done, done])[1] == 0, "the same result twice"
    shown = series(scrape(app))

    assert shown["gateway_events_total", "tickets", "accepted"] == 2
    assert shown["gateway_events_total", "tickets", "replayed"] == 1
    assert shown["gateway_refused_total", "unknown-type"] == 2
    assert shown["gateway_refused_total", "unauthorized"] == 1
    assert shown["gateway_deliveries_total", "mailto", "delivered"] == 2
    assert shown["gateway_deliveries_total", "mailto", "dead"] == 1
    assert shown["gateway_attempt_failures_total", "timeout"] == 2
    assert shown["gateway_delivery_seconds_count",] == shown["gateway_delivery_seconds_bucket", "+Inf"] == 2
    assert shown["gateway_accept_seconds_count",] == 4
    assert shown["gateway_dead_letters",] == shown["gateway_ledger_up",] == 1
    assert sum(value for (name, *_), value in shown.items() if name == "gateway_waiting") == 1
    assert shown["gateway_processes", "serve"] == 1


def test_counts_of_a_process_whose_answer_was_lost_are_added_once(runtime: Runtime) -> None:
    client = runtime.ledger.client
    counts = ProcessCounts(client)
    counts.refuse("bad-request")
    counts.flush()
    counts._leaving["refused", "bad-request"] = 1  # as if the answer had not come: the same number again
    counts.flush()
    counts.refuse("bad-request")
    counts.flush()

    assert read_counters(client)["refused"] == {"bad-request": 2}


def test_ten_thousand_categories_services_and_lanes_make_few_series(app: Any, runtime: Runtime) -> None:
    client = runtime.ledger.client
    count = Script("add_counts", "counters")
    for number in range(10_000):
        fields = [("events", f"c{number} accepted"), ("deliveries", f"s{number} delivered")]
        triples = [part for family, field in fields for part in (family, field, 1)]
        count.call(client, [keys.added_counts(str(number))], [*CountArgs(), 1, *triples])
    with client.pipeline() as pipe:
        for number in range(10_000):
            pipe.zadd(keys.LANES, {f"lane-{number}": 1})
            pipe.zadd(keys.due(f"lane-{number}"), {f"{number}-{place}": 1 for place in range(1 + number % 30)})
        pipe.execute()
    shown = series(scrape(app))

    assert len(shown) <= MAX_SERIES
    assert sum(value for (name, *_), value in shown.items() if name == "gateway_deliveries_total") == 10_000
    assert sum(value for (name, *_), value in shown.items() if name == "gateway_waiting") == sum(
        1 + number % 30 for number in range(10_000)
    )


def test_a_token_needs_the_scope(app: Any) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=auth(PSA)).status_code == 403
    assert client.get("/metrics", headers=auth(RMM)).status_code == 403


def test_the_listener_of_its_own_needs_no_token(app: Any) -> None:
    process: WebProcess = app.extensions[PROCESS]
    bind = HostPort("127.0.0.1", free_port())
    serve_metrics(process, bind)
    assert "gateway_ledger_up 1.0" in requests.get(f"{bind.url}/metrics", timeout=10).text
    assert requests.get(f"{bind.url}/v1/events", timeout=10).status_code == 404


def test_a_ledger_that_is_away_is_shown(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreUnavailable("looking", "nobody listens")

    process: WebProcess = app.extensions[PROCESS]
    monkeypatch.setattr(process.health, "current", away)
    shown = series(scrape(app))
    assert shown["gateway_ledger_up",] == 0
    assert ("gateway_dead_letters",) not in shown


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_complain_of(app: Any) -> None:
    post(app.test_client(), ticket(1))
    done = subprocess.run(
        [PROMTOOL or "", "check", "metrics"], input=scrape(app), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_buckets_of_the_scripts_are_those_that_are_shown() -> None:
    source = Script("add_counts", "counters").source
    (listed,) = [line for line in source.splitlines() if line.startswith("local DELIVERY_BUCKETS_MS")]
    assert listed.partition("{")[2].rstrip("}") == ", ".join(map(str, DELIVERY_BUCKETS_MS))
