"""`make chaos`: every scenario with its control under each seed, and the report in Markdown and JSON.

make chaos                                all, in full, under seed 1: half an hour
make chaos ONLY=R1,R4 SCALE=0.1 SEEDS=7   some, with a tenth of the events
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos import clients, clocks, kills, network, reloads, services, soak, storage, workers
from tests.chaos.report import markdown
from tests.chaos.rig import NotPossible, Result
from tests.support import warm
from tests.support.gateways import ROOT
from tests.support.leftovers import MAX_SOCKET_FOLDER, session_folder, use_folder

Scenario = Callable[[float, int], Result]
SHORT = 0.01
"""Scale of the tests."""
MAX_S = 1800
"""Of one scenario."""
PARTS = ("promise", "control")
"""Of a row."""


@dataclass(frozen=True)
class Promise:
    """A promise, the scenario that shows it, and the control that must break."""

    id: str
    title: str
    run: Scenario
    control: Scenario | None = None
    is_timed: bool = False
    """It measures delays, and runs alone."""


CAMPAIGN = (
    Promise("R1", "killed workers and dispatchers", kills.worker_kills, kills.worker_kills_without_lease),
    Promise("R2", "killed server", kills.server_kills, kills.server_kills_without_file),
    Promise("R3", "power cuts", storage.power_cuts, storage.power_cuts_with_everysec),
    Promise("R4", "lost replies", network.lost_replies, network.lost_replies_without_id),
    Promise("R5", "retries by schedule", services.scheduled_retries, services.scheduled_retries_without_jitter),
    Promise("R6", "failing neighbours", network.failing_neighbours, network.failing_neighbours_posted_again),
    Promise("R7", "a place that hangs", network.hanging_place, network.hanging_place_one_thread, is_timed=True),
    Promise("R8", "a frozen worker", workers.frozen_worker, workers.frozen_worker_without_fence),
    Promise("R9", "rolling restarts", workers.rolling_restarts, workers.rolling_kills),
    Promise("R10", "full disk", storage.full_disk, storage.full_disk_without_file),
    Promise("R11", "full memory", storage.full_memory, storage.full_memory_without_limit),
    Promise("R12", "broken links", network.broken_links, network.broken_links_without_retry),
    Promise("R13", "reloads", reloads.reloads, reloads.reloads_that_break_nothing),
    Promise("R14", "dead letters and replay", services.dead_letters, services.dead_letters_replayed_blindly),
    Promise("R15", "a place in trouble", services.troubled_place, services.place_below_the_breaker),
    Promise("R16", "rate and Retry-After over four workers", services.limited_place, services.unlimited_place),
    Promise("R19", "a clock that is wrong", clocks.wrong_clock, clocks.wrong_clock_of_the_server, is_timed=True),
    Promise("R20", "slow clients", clients.slow_clients, clients.slow_clients_with_time, is_timed=True),
    Promise("R21", "three dispatchers", kills.several_dispatchers, kills.dispatchers_that_ignore_leases),
    Promise("R22", "a soak", soak.soak),
    Promise("R23", "a poison event", workers.poison_event, workers.poison_event_without_lease),
)


def run(promise: Promise, scale: float, seed: int, parts: Collection[str] = PARTS) -> dict[str, Any]:
    """Its row of the report: `outcome` is kept, broken or skipped; `control` likewise has what it found.

    *parts*: `promise`, `control`, or both.
    """
    began = time.monotonic()
    row: dict[str, Any] = {"id": promise.id, "title": promise.title, "seed": seed, "scale": scale}
    row |= {"figures": {}, "broken": []}
    try:
        if "promise" in parts:
            result = promise.run(scale, seed)
            row |= {"figures": result.figures, "broken": result.broken}
        if promise.control and "control" in parts:
            control = promise.control(scale, seed)
            row["control"] = {"figures": control.figures, "broken": control.broken}
            if not control.broken:
                row["broken"] = [*row["broken"], "the control lost nothing: the test is void"]
        row["outcome"] = "broken" if row["broken"] else "kept"
    except NotPossible as exc:
        row |= {"outcome": "skipped", "broken": [], "reason": str(exc)}
    except Exception as exc:
        row |= {"outcome": "broken", "broken": [f"{type(exc).__name__}: {exc}"[:300]], "figures": {}}
    return row | {"seconds": round(time.monotonic() - began)}


def _run_alone(promise: Promise, scale: float, seed: int, parts: Collection[str]) -> dict[str, Any]:
    """`run` in a process of its own."""
    words = ["--row", promise.id, "--scale", str(scale), "--seeds", str(seed), "--parts", ",".join(parts)]
    row = {"id": promise.id, "title": promise.title, "seed": seed, "scale": scale, "figures": {}, "seconds": MAX_S}
    try:
        done = warm.run("tests.chaos.campaign", *words, cwd=ROOT, environ=os.environ, timeout=MAX_S)
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return row | {"outcome": "broken", "broken": [f"not done after {MAX_S} s"]}
    except ValueError:
        return row | {"outcome": "broken", "broken": [f"ended with {done.returncode}: {done.stderr[-300:]}"]}
    return found


def all_rows(
    promises: Sequence[Promise], scale: float, seeds: Sequence[int], jobs: int, parts: Collection[str] = PARTS
) -> Iterator[dict[str, Any]]:
    """Each promise under each seed as it ends, *jobs* at once; afterwards those that are timed, one by one."""
    for is_timed, at_once in ((False, jobs), (True, 1)):
        with ThreadPoolExecutor(at_once) as pool:
            chosen = [promise for promise in promises if promise.is_timed is is_timed]
            rows = [pool.submit(_run_alone, promise, scale, seed, parts) for seed in seeds for promise in chosen]
            yield from (row.result() for row in as_completed(rows))


def _last_rows(out: Path) -> list[dict[str, Any]]:
    """Those of the last report: a run replaces the rows of its promises under its seeds, and keeps the others."""
    file = out.with_suffix(".json")
    return list(json.loads(file.read_text())["rows"]) if file.exists() else []


def main() -> int:
    """1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="promises, with commas between them")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of events and faults")
    parser.add_argument("--seeds", default="1", help="with commas between them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="scenarios at once")
    parser.add_argument("--out", type=Path, default=Path("docs/chaos"), help="the report without .md and .json")
    parser.add_argument("--row", help="print the row of one promise as JSON, and no report")
    parser.add_argument("--parts", default=",".join(PARTS), help="of a row: the promise, its control, or both")
    asked = parser.parse_args()
    seeds = [int(one) for one in asked.seeds.split(",")]
    if len(tempfile.gettempdir()) > MAX_SOCKET_FOLDER:  # a server's socket needs a short path
        use_folder(session_folder())
    by_id = {one.id: one for one in CAMPAIGN}
    if asked.row:
        print(json.dumps(run(by_id[asked.row], asked.scale, seeds[0], asked.parts.split(","))))
        return 0
    chosen = [by_id[id] for id in asked.only.split(",")] if asked.only else CAMPAIGN
    kept = {(row["id"], row["seed"]): row for row in _last_rows(asked.out)}
    report: dict[str, Any] = {
        "began": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}",
    }
    for row in all_rows(chosen, asked.scale, seeds, asked.jobs, asked.parts.split(",")):
        told = f"{row['id']:4} seed {row['seed']} {row['outcome']:8} {row['seconds']:5} s  {'; '.join(row['broken'])}"
        print(told, flush=True)
        kept[row["id"], row["seed"]] = row
        order = list(by_id)
        rows = sorted(kept.values(), key=lambda one: (order.index(one["id"]), one["seed"]))
        report |= {"rows": rows}
        asked.out.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")
        asked.out.with_suffix(".md").write_text(markdown(report))
    return int(any(row["outcome"] == "broken" for row in kept.values()))


if __name__ == "__main__":
    raise SystemExit(main())
