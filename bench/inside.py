"""The gateway's parts by themselves: intake, scale, customers, mappings, schedules, reloads, backlog, timers, workers.

python bench/inside.py --rows intake,arrays --quick
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH), str(BENCH.parent)]  # before the imports that follow

from peers import lock_machine  # noqa: E402
from rows import (  # noqa: E402
    backlog,
    cards,
    customers,
    intake,
    lists,
    mappings,
    reloads,
    scale,
    schedules,
    start,
    timers,
    workers,
)
from rows.base import Figure  # noqa: E402

ROWS: dict[str, Callable[[int], Sequence[Figure]]] = {
    "intake": intake.single,
    "arrays": intake.arrays,
    "scale": scale.accept_cost,
    "customers": customers.routes_for_customers,
    "mappings": mappings.mapped_events,
    "schedules": schedules.decisions,
    "cards": cards.cards,
    "reloads": reloads.reloads,
    "backlog": backlog.claim_cost,
    "lists": lists.searches,
    "timers-pending": timers.pending,
    "timers-due": timers.due_at_once,
    "start": start.cold_and_idle,
    "workers": workers.near_linear,
}
"""Each takes a divisor of its counts."""


@dataclass(frozen=True)
class Row:
    """What one row found out."""

    name: str
    figures: Sequence[Figure]
    took_s: float


def main() -> int:
    options = parse_options()
    lock_machine()
    rows = []
    for name in options.rows.split(","):
        began = time.monotonic()
        figures = ROWS[name](options.divisor * (20 if options.quick else 1))
        rows.append(Row(name, figures, time.monotonic() - began))
        for figure in figures:
            print(f"{name:15} {figure.what}: {figure.text}", file=sys.stderr, flush=True)
    print(as_markdown(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0


def as_markdown(rows: Sequence[Row]) -> str:
    lines = ["## The gateway's parts", "", "| row | what | figure |", "|---|---|---:|"]
    lines += [f"| {row.name} | {figure.what} | {figure.text} |" for row in rows for figure in row.figures]
    return "\n".join(lines) + "\n"


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help="default %(default)s")
    parser.add_argument("--divisor", type=int, default=1, help="of all counts")
    parser.add_argument("--quick", action="store_true", help="a twentieth of all counts")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    if unknown := [name for name in options.rows.split(",") if name not in ROWS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
