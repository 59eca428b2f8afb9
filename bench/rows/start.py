"""How long a cold start takes, and what the gateway costs while nothing happens."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from peers import running_sink
from systems.base import READY_WITHIN_S, BenchError, Run, call
from systems.gateway import TOKEN, Gateway, event_document
from workloads import WORKLOADS

from rows.base import Figure

IDLE_S = 20.0


def cold_and_idle(divisor: int) -> Sequence[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        running_sink(WORKLOADS["W1"], 1, None) as sink,
    ):
        run = Run(Path(folder), [f"{sink.origin}/t1"], None, cores=os.cpu_count() or 1)
        run.await_http = lambda *_: None  # type: ignore[method-assign] # the first 202 is what is waited for
        began = time.monotonic()
        try:
            Gateway().start(run)
            _first_accepted(run)
            took = time.monotonic() - began
            time.sleep(8)  # the first message is delivered, and the worker's lingering is over
            processes = run.processes()
            before = _cpu_s(processes)
            time.sleep(max(2.0, IDLE_S / divisor))
            cpu = (_cpu_s(processes) - before) / max(2.0, IDLE_S / divisor)
            rss = sum(one.memory_info().rss for one in processes) / 2**20
            pss = sum(one.memory_full_info().pss for one in processes) / 2**20
        finally:
            run.stop()
    return [
        Figure("cold `gateway up` to the first 202", took, "s"),
        Figure("idle CPU of all processes", cpu * 100, "% of a core"),
        Figure(f"idle memory of all {len(processes)} processes, shared pages once (PSS)", pss, "MiB"),
        Figure("the same, shared pages for each (RSS)", rss, "MiB"),
    ]


def _first_accepted(run: Run) -> None:
    body = json.dumps(event_document("first")).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        run.check_alive()
        try:
            if call(run.port, "POST", "/v1/events", body, headers)[0] == 202:
                return
        except OSError:
            time.sleep(0.01)
    raise BenchError("no event was accepted")


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in processes)
