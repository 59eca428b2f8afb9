"""The content of `/metrics` in the format of Prometheus: figures of all processes, from the ledger.

Every process gives the same answer, and no restart loses a count. Labels have few values: of what may be numbered in
thousands, such as lanes, only the largest are shown, and the rest as `other`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import redis
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.errors import StoreUnavailable
from gateway.health.check import HealthCheck
from gateway.health.reasons import Facts
from gateway.runtime import Runtime
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.counters import ACCEPT_BUCKETS_US, DELIVERY_BUCKETS_MS, read_counters
from gateway.store.processes import Kind
from gateway.times import from_ms, to_ms

MAX_LANES = 20
PAGE = 1_000
TIMER_LATE_MS = 5_000
"""A timer that is due for this long is late; normally it fires within a second."""
COUNTERS = {
    "events": ("gateway_events", "Events, by their result.", ("category", "result")),
    "refused": ("gateway_refused", "Events, and requests with events, that were refused.", ("reason",)),
    "unmapped": ("gateway_unmapped", "Bodies that no mapping could use.", ("source", "reason")),
    "ignored": ("gateway_ignored", "Payloads that a mapping ignores.", ("source", "reason")),
    "deliveries": ("gateway_deliveries", "Deliveries that have ended, by kind of service.", ("service", "state")),
    "failures": ("gateway_attempt_failures", "Attempts that failed.", ("reason",)),
}
"""For each family of counters in the ledger: the name of the metric, its help, and its labels."""


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """What waits in a lane; *oldest* is when its oldest delivery became due."""

    name: str
    waiting: int
    oldest: datetime | None


class LedgerMetrics(Collector):
    """Asks the ledger each time somebody asks for the metrics."""

    def __init__(self, runtime: Runtime, health: HealthCheck) -> None:
        self._runtime = runtime
        self._health = health

    def describe(self) -> Iterable[Metric]:
        return ()  # the names are known only when the ledger is asked, and registering should not ask it

    def collect(self) -> Iterator[Metric]:
        try:
            metrics = list(self._of_ledger())  # all of them, or none if the ledger fails half-way
        except StoreUnavailable:
            metrics = []
        yield _gauge("gateway_ledger_up", "Whether the ledger takes writes.", 1 if metrics else 0)
        config = self._runtime.config
        yield _gauge(
            "gateway_config_problems", "Problems that keep this process from using the files.", len(config.problems)
        )
        yield from metrics

    def _of_ledger(self) -> Iterator[Metric]:
        facts, client = self._health.current().facts, self._runtime.ledger.client
        families = read_counters(client)
        for family, (name, help, labels) in COUNTERS.items():
            metric = CounterMetricFamily(name, help, labels=labels)
            # A field is the labels with spaces between them; only the last label may contain spaces.
            for field, number in sorted(families[family].items()):
                metric.add_metric(field.split(" ", len(labels) - 1), number)
            yield metric
        yield _histogram(
            "gateway_accept_seconds",
            "Time from a request's body to its answer.",
            families["accept_us"],
            ACCEPT_BUCKETS_US,
            1e6,
        )
        yield _histogram(
            "gateway_delivery_seconds",
            "Time from the acceptance of an event to its delivery, delays included.",
            families["delivery_ms"],
            DELIVERY_BUCKETS_MS,
            1e3,
        )
        yield from lane_metrics(read_lanes(client), facts)
        yield from self._timers(facts.backlog.now)
        count = sum(self._runtime.unmapped.counts().values())
        yield _gauge("gateway_unmapped_bodies", "Bodies that wait until a mapping is mended.", count)
        yield from process_metrics(facts)
        yield from server_metrics(client, facts)

    def _timers(self, now: datetime) -> Iterator[Metric]:
        events = self._runtime.config.current().catalog.events.values()
        timed = [event_type.name for event_type in events if event_type.timing is not None]
        with translated("counting timers"), self._runtime.ledger.client.pipeline(transaction=False) as pipe:
            for name in timed:
                pipe.zcard(keys.timers(name))
                pipe.zcount(keys.timers(name), "-inf", to_ms(now) - TIMER_LATE_MS)
            counts: list[Any] = pipe.execute()
        timers = GaugeMetricFamily(
            "gateway_timers", "Timers that are set; late: due for five seconds.", labels=["state"]
        )
        # For each type two answers: how many timers are set, and how many of them are late.
        timers.add_metric(["pending"], sum(counts[::2]))
        timers.add_metric(["late"], sum(counts[1::2]))
        yield timers


def exposition(runtime: Runtime, health: HealthCheck) -> bytes:
    """All metrics as text, in the format of Prometheus 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LedgerMetrics(runtime, health))
    return generate_latest(registry)


def read_lanes(client: redis.Redis) -> list[LaneFigures]:
    """Every lane in which something waits, the largest first; *oldest* is known only for the MAX_LANES largest."""
    with translated("counting what waits"):
        names: Any = client.zrange(keys.LANES, 0, -1)
        sizes: list[int] = []
        for start in range(0, len(names), PAGE):
            with client.pipeline(transaction=False) as pipe:
                for name in names[start : start + PAGE]:
                    pipe.zcard(keys.due(name))
                sizes += pipe.execute()
        largest = sorted(zip(sizes, names, strict=True), key=lambda lane: (-lane[0], lane[1]))
        with client.pipeline(transaction=False) as pipe:
            for _, name in largest[:MAX_LANES]:
                pipe.zrange(keys.due(name), 0, 0, withscores=True)
            firsts = [from_ms(entries[0][1]) if entries else None for entries in pipe.execute()]
    oldest = dict(zip((name for _, name in largest), firsts, strict=False))
    return [LaneFigures(name, size, oldest.get(name)) for size, name in largest if size]


def lane_metrics(lanes: Sequence[LaneFigures], facts: Facts) -> Iterator[Metric]:
    now = facts.backlog.now
    waiting = GaugeMetricFamily("gateway_waiting", "Deliveries that wait, by lane.", labels=["lane"])
    oldest = GaugeMetricFamily("gateway_oldest_seconds", "How long the oldest delivery has been due.", labels=["lane"])
    for lane in lanes[:MAX_LANES]:
        waiting.add_metric([lane.name], lane.waiting)
        late_s = (now - lane.oldest).total_seconds() if lane.oldest else 0.0
        oldest.add_metric([lane.name], max(0.0, late_s))
    waiting.add_metric(["other"], sum(lane.waiting for lane in lanes[MAX_LANES:]))
    yield waiting
    yield oldest
    since = facts.backlog.oldest
    yield _gauge(
        "gateway_oldest_due_seconds",
        "How long the oldest delivery of all lanes has been due.",
        max(0.0, (now - since).total_seconds()) if since else 0.0,
    )
    states = Counter(lane.document["state"] for lane in facts.backlog.lanes)
    by_state = GaugeMetricFamily("gateway_lanes", "Lanes that are not ready, by their state.", labels=["state"])
    for state in ("open", "probing", "paused"):
        by_state.add_metric([state], states[state])
    yield by_state
    yield _gauge("gateway_under_way", "Deliveries that are being sent.", facts.backlog.under_way)
    yield _gauge("gateway_dead_letters", "Dead letters that were neither replayed nor discarded.", facts.backlog.dead)


def process_metrics(facts: Facts) -> Iterator[Metric]:
    processes = GaugeMetricFamily("gateway_processes", "Processes that are alive, by kind.", labels=["kind"])
    for kind in get_args(Kind):
        processes.add_metric([kind], facts.alive(kind))
    yield processes
    alive = [process for process in facts.processes if facts.is_alive(process) and process.facts.config]
    digests = {process.facts.config for process in alive}
    yield _gauge("gateway_configs", "Different configurations that processes work with.", len(digests))
    stale = sum(process.facts.problems > 0 for process in alive)
    yield _gauge("gateway_stale_processes", "Processes whose files have problems, so that they use older ones.", stale)
    changed = max((process.changed for process in alive), default=facts.backlog.now)
    age_s = max(0.0, (facts.backlog.now - changed).total_seconds())
    yield _gauge("gateway_config_age_seconds", "Time since a process started or took another configuration.", age_s)


def server_metrics(client: redis.Redis, facts: Facts) -> Iterator[Metric]:
    began = time.perf_counter()
    with translated("asking the server for its memory"):
        client.ping()
        latency_s = time.perf_counter() - began
        memory: Any = client.info("memory")
    yield _gauge("gateway_server_latency_seconds", "How long the ledger's server took to answer a PING.", latency_s)
    yield _gauge("gateway_server_memory_bytes", "Memory that the server's data take.", int(memory["used_memory"]))
    resident = int(memory.get("used_memory_rss") or 0)
    yield _gauge("gateway_server_resident_bytes", "Memory that the server's process takes.", resident)
    share = facts.load.memory_share
    yield _gauge(
        "gateway_server_memory_share",
        "Share of its memory limit that the server uses; at 0.75 events are refused.",
        share,
    )
    refusing = 1 if facts.overload else 0
    yield _gauge("gateway_overloaded", "Whether events are refused because the ledger is full.", refusing)


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)


def _histogram(name: str, help: str, fields: Mapping[str, int], limits: Sequence[int], unit: float) -> Metric:
    """A histogram from *fields*, which hold how many values lie between each of *limits* and the one before, and the
    sum."""
    metric = HistogramMetricFamily(name, help)
    total, buckets = 0, []
    for limit in (*map(str, limits), "+Inf"):
        total += fields.get(limit, 0)
        buckets.append((limit if limit == "+Inf" else repr(int(limit) / unit), float(total)))
    metric.add_metric([], buckets, fields.get("sum", 0) / unit)
    return metric
