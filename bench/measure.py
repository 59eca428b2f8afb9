"""Figures of a run: from the send times and arrivals, and from the system's processes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import psutil
from load import Sent, percentile

SAMPLE_EVERY_S = 0.2


@dataclass(frozen=True)
class Arrival:
    """One message at the sink: monotonic ns, target path, event id, status answered."""

    t: int
    target: str
    id: str
    status: int


@dataclass
class Figures:
    """What a run showed. A message is an event id at one target; ids decide, never counts."""

    events: int
    messages: int
    accepted: int
    """Events answered 2xx."""
    statuses: dict[int, int]
    """Answers to the load generator; 0 stands for no answer."""
    accepted_per_s: float
    delivered: int
    """Messages that the sink answered 2xx at least once."""
    delivered_per_s: float
    """Delivered messages / (last first delivery - first send)."""
    e2e_p50_ms: float
    """First 2xx arrival - send; in the open loop, - intended send."""
    e2e_p99_ms: float
    e2e_max_ms: float
    lost: int
    """Messages of accepted events that were not delivered."""
    refused: int
    """Messages not delivered of events that were not accepted: the sender knows of these."""
    duplicates: int
    """Further 2xx arrivals of a message that was delivered already."""
    accept_p50_ms: float
    """Answer - send; in the open loop, - intended send."""
    accept_p99_ms: float
    active_s: float
    """First send to last arrival or answer."""
    rss_mb: float = 0.0
    """Peak of the sum over all processes, in MiB."""
    cpu_s_per_1000: float = 0.0
    """CPU seconds of all processes per 1,000 delivered messages."""
    sink_connections: int = 0
    """Connections that the system opened to the sink during the run."""
    harness_cpu: float = 0.0
    """CPU of load generator and sink during `active_s`, as a share of all cores."""
    warnings: list[str] = field(default_factory=list)


def evaluate(sent: Sequence[Sent], arrivals: Sequence[Arrival], targets: Sequence[str]) -> Figures:
    """Figures of the events *sent* to the target paths *targets*; arrivals of other ids are ignored."""
    expected = {one.id for one in sent}
    accepted = {one.id for one in sent if 200 <= one.status < 300}
    due = {one.id: one.due_ns for one in sent}
    first: dict[tuple[str, str], int] = {}
    duplicates = 0
    for arrival in arrivals:
        if arrival.status != 200 or arrival.id not in expected or arrival.target not in targets:
            continue
        key = (arrival.target, arrival.id)
        duplicates += key in first
        first.setdefault(key, arrival.t)
    undelivered = [one for one in expected for target in targets if (target, one) not in first]
    latencies = sorted((at - due[event_id]) / 1e6 for (_, event_id), at in first.items())
    start = min(one.due_ns for one in sent)
    last_answer = max(one.done_ns for one in sent)
    last_delivery = max(first.values(), default=start)
    last_arrival = max((arrival.t for arrival in arrivals), default=start)
    answer_times = sorted((one.done_ns - one.due_ns) / 1e6 for one in sent if one.status)
    return Figures(
        events=len(sent),
        messages=len(sent) * len(targets),
        accepted=len(accepted),
        statuses=dict(sorted(Counter(one.status for one in sent).items())),
        accepted_per_s=_rate(len(accepted), last_answer - start),
        delivered=len(first),
        delivered_per_s=_rate(len(first), last_delivery - start),
        e2e_p50_ms=percentile(latencies, 0.5),
        e2e_p99_ms=percentile(latencies, 0.99),
        e2e_max_ms=percentile(latencies, 1),
        lost=sum(event_id in accepted for event_id in undelivered),
        refused=sum(event_id not in accepted for event_id in undelivered),
        duplicates=duplicates,
        accept_p50_ms=percentile(answer_times, 0.5),
        accept_p99_ms=percentile(answer_times, 0.99),
        active_s=(max(last_answer, last_arrival, start + 1) - start) / 1e9,
    )


def _rate(count: int, span_ns: int) -> float:
    return count / (span_ns / 1e9) if span_ns > 0 else 0.0


class Usage:
    """Peak memory and CPU time of a changing set of processes, sampled in a thread."""

    def __init__(self, processes: Callable[[], Sequence[psutil.Process]]) -> None:
        self._processes = processes
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.peak_rss = 0.0
        """Bytes."""

    def __enter__(self) -> Self:
        self._cpu_before = self._cpu_s()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over.set()
        self._thread.join()
        self.cpu_s = self._cpu_s() - self._cpu_before

    def _sample(self) -> None:
        while True:
            self.peak_rss = max(self.peak_rss, sum(_of(process, _rss) for process in self._processes()))
            if self._is_over.wait(SAMPLE_EVERY_S):
                return

    def _cpu_s(self) -> float:
        return sum(_of(process, _cpu) for process in self._processes())


def _of(process: psutil.Process, figure: Callable[[psutil.Process], float]) -> float:
    """*figure* of the process; 0.0 when it has just ended."""
    try:
        return figure(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


def _rss(process: psutil.Process) -> float:
    return process.memory_info().rss


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of the process and of its children that have ended."""
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system
