"""`make chaos`: every scenario with its control, and the report in Markdown and JSON.

make chaos                       all, in full
make chaos ONLY=R1,R4 SCALE=0.1  some, with a tenth of the events
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos import kills, network, services, storage
from tests.chaos.rig import Result

Scenario = Callable[[float, int], Result]
SHORT = 0.01
"""Scale of the tests."""


@dataclass(frozen=True)
class Promise:
    """A promise, the scenario that shows it, and the control that must break."""

    id: str
    title: str
    run: Scenario
    control: Scenario | None = None


CAMPAIGN = (
    Promise("R1", "killed workers and dispatchers", kills.worker_kills, kills.worker_kills_without_lease),
    Promise("R2", "killed server", kills.server_kills, kills.server_kills_without_file),
    Promise("R3", "power cuts", storage.power_cuts, storage.power_cuts_with_everysec),
    Promise("R4", "lost replies", network.lost_replies, network.lost_replies_without_id),
    Promise("R6", "failing neighbours", network.failing_neighbours),
    Promise("R7", "a place that hangs", network.hanging_place),
    Promise("R8", "a frozen worker", kills.frozen_worker),
    Promise("R9", "rolling restarts", kills.rolling_restarts, kills.rolling_kills),
    Promise("R10", "full disk", storage.full_disk),
    Promise("R11", "full memory", storage.full_memory),
    Promise("R12", "broken links", network.broken_links),
    Promise("R14", "dead letters and replay", services.dead_letters),
    Promise("R15", "a place in trouble", services.troubled_place),
    Promise("R16", "rate and Retry-After over four workers", services.limited_place),
    Promise("R21", "three dispatchers", kills.several_dispatchers),
    Promise("R23", "a poison event", kills.poison_event),
)


def run(promise: Promise, scale: float, seed: int) -> dict[str, Any]:
    """Its row of the report: `outcome` is kept, broken or skipped; `control` likewise has what it found."""
    began = time.monotonic()
    row: dict[str, Any] = {"id": promise.id, "title": promise.title, "seed": seed, "scale": scale}
    try:
        result = promise.run(scale, seed)
        row |= {"figures": result.figures, "broken": result.broken}
        if promise.control:
            control = promise.control(scale, seed)
            row["control"] = {"figures": control.figures, "broken": control.broken}
            if not control.broken:
                row["broken"] = [*row["broken"], "the control lost nothing: the test is void"]
        row["outcome"] = "broken" if row["broken"] else "kept"
    except storage.NotPossible as exc:
        row |= {"outcome": "skipped", "broken": [], "figures": {}, "reason": str(exc)}
    except Exception as exc:
        row |= {"outcome": "broken", "broken": [f"{type(exc).__name__}: {exc}"[:300]], "figures": {}}
    return row | {"seconds": round(time.monotonic() - began)}


def markdown(report: dict[str, Any]) -> str:
    """The report for people."""
    lines = [
        "# The fault campaign",
        "",
        f"Made by `make chaos` on {report['began']}: {report['machine']}.",
        f"{report['seconds']} s in all; a scale of 1 is what the promises' table asks for.",
        "Settings, where a scenario does not say otherwise: lease 4 s, attempt timeout 2 s, 16 threads to a worker,",
        "retries 20 times quicker than in operation. Which promise is which test:",
        "[promises](promises.md).",
        "",
        "| promise | outcome | scale | seed | seconds | what the control broke |",
        "|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        control = "; ".join(row["control"]["broken"]) if "control" in row else "no control"
        what = f"{row['id']} {row['title']} | {row['outcome']}"
        lines.append(f"| {what} | {row['scale']:g} | {row['seed']} | {row['seconds']} | {control} |")
    for row in report["rows"]:
        lines += ["", f"## {row['id']} {row['title']}: {row['outcome']}", ""]
        lines += [f"- {text}" for text in ([row["reason"]] if "reason" in row else row["broken"])]
        lines += [f"- {name}: {_text(value)}" for name, value in row["figures"].items()]
        if "control" in row:
            lines += [f"- control, {name}: {_text(value)}" for name, value in row["control"]["figures"].items()]
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(out: Path) -> list[dict[str, Any]]:
    """Those of the last report: a run of some promises keeps the others'."""
    file = out.with_suffix(".json")
    return list(json.loads(file.read_text())["rows"]) if file.exists() else []


def main() -> int:
    """1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="promises, with commas between them")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of events and faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/chaos"), help="the report without .md and .json")
    asked = parser.parse_args()
    only = set(filter(None, asked.only.split(",")))
    report: dict[str, Any] = {
        "began": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}",
        "rows": [],
    }
    kept = {row["id"]: row for row in _rows(asked.out)} if only else {}
    for promise in CAMPAIGN:
        if not only or promise.id in only:
            row = run(promise, asked.scale, asked.seed)
            print(f"{row['id']:4} {row['outcome']:8} {row['seconds']:5} s  {'; '.join(row['broken'])}", flush=True)
            kept[promise.id] = row
            report["rows"] = [kept[one.id] for one in CAMPAIGN if one.id in kept]
            report["seconds"] = sum(one["seconds"] for one in report["rows"])
            asked.out.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")
            asked.out.with_suffix(".md").write_text(markdown(report))
    return int(any(row["outcome"] == "broken" for row in report["rows"]))


if __name__ == "__main__":
    raise SystemExit(main())
