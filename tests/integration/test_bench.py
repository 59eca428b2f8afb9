"""The bench measures: a tiny run of each half, on real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, *words: str) -> Any:
    out = tmp_path / "figures.json"
    command = [sys.executable, *words, "--quick", "--json", str(out)]
    environ = {**os.environ, "BENCH_LOCK": str(tmp_path / "lock")}  # a bench that runs here does not concern the test
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def test_a_run_beside_peers_loses_and_repeats_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, "bench/peers.py", "--systems", "gateway", "--workloads", "W3")
    (result,) = found["results"]
    assert result["failure"] is None
    figures = result["figures"]
    assert (figures["delivered"], figures["lost"], figures["duplicates"]) == (500, 0, 0)


def test_the_rows_of_the_gateways_parts_have_figures(tmp_path: Path) -> None:
    names = ["customers", "mappings", "schedules", "cards", "lists"]  # those that little can make quick
    rows = run(tmp_path, "bench/inside.py", "--rows", ",".join(names), "--divisor", "20")
    assert [row["name"] for row in rows] == names
    # Of so few events, the memory is less than what a server takes and gives back by itself: it may come out negative.
    figures = [figure for row in rows for figure in row["figures"] if not of_memory(figure)]
    assert [figure for figure in figures if figure["value"] <= 0] == []


def of_memory(figure: dict[str, Any]) -> bool:
    return figure["unit"] == "bytes" or figure["what"].startswith("stored")


def test_the_cpu_of_each_process_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "bench/flames.py", "--events", "100", "--out", str(tmp_path / "flames")]
    environ = {**os.environ, "BENCH_LOCK": str(tmp_path / "lock")}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("gateway worker --name worker-1", "gateway dispatch --name dispatch", "supervisor", "all"):
        assert f"| {name} |" in done.stdout
