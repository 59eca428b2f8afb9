"""Where the gateway's CPU goes while it delivers: seconds of each process, and a flame graph of each that is Python.

python bench/flames.py --workload W1 --out bench/results/flames
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from peers import await_deliveries, drive, event_ids, lock_machine, running_sink, target_path, warm_up
from systems import SYSTEMS
from systems.base import Run
from workloads import WORKLOADS, Workload

SAMPLES_PER_S = 200
EVENTS = 8_000


def main() -> int:
    options = parse_options()
    spy = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    lock_machine()
    workload = replace(WORKLOADS[options.workload], events=options.events)
    options.out.mkdir(parents=True, exist_ok=True)
    spent_s, files = profile(workload, spy, options.out)
    print(as_markdown(workload, spent_s, files))
    if spy is None:
        print("no flame graphs: py-spy is not installed", file=sys.stderr)
    return 0


def profile(workload: Workload, spy: str | None, out: Path) -> tuple[Mapping[str, float], Sequence[Path]]:
    """(CPU seconds by process, flame graphs) of the gateway under *workload*."""
    gateway = SYSTEMS["gateway"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_sink(workload, 1, None) as sink:
        targets = [f"{sink.origin}/t{number}" for number in range(1, workload.fan_out + 1)]
        run = Run(Path(folder), targets, None, cores=os.cpu_count() or 1)
        try:
            gateway.start(run)
            warm_up(gateway, run, workload, sink)
            before = cpu_s(run.processes())
            with recording(run.processes(), spy, out) as files:
                sent, _ = drive(gateway, run, workload, event_ids(0, workload.events), "load")
                await_deliveries(sent, workload, sink, [target_path(target) for target in targets])
                after = cpu_s(run.processes())
        finally:
            run.stop()
    return {name: after[name] - before.get(name, 0.0) for name in sorted(after)}, files


@contextmanager
def recording(processes: Sequence[psutil.Process], spy: str | None, out: Path) -> Iterator[Sequence[Path]]:
    """Samples each gateway process inside; the files are complete afterwards."""
    named = {name_of(one): one.pid for one in processes if name_of(one).startswith("gateway ")} if spy else {}
    files = [out / f"{name.rpartition('--name ')[2].replace(' ', '-')}.svg" for name in named]
    spies = [
        subprocess.Popen(
            [
                str(spy),
                "record",
                "--pid",
                str(pid),
                "--rate",
                str(SAMPLES_PER_S),
                "--gil",
                "--nonblocking",
                "--output",
                str(file),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for pid, file in zip(named.values(), files, strict=True)
    ]
    try:
        yield files
    finally:
        for one in spies:
            one.send_signal(2)  # it writes its file then
        for one in spies:
            one.wait(60)


def cpu_s(processes: Sequence[psutil.Process]) -> dict[str, float]:
    return {name_of(one): sum(one.cpu_times()[:2]) for one in processes}


def name_of(process: psutil.Process) -> str:
    """`gateway worker --name worker-1`, `valkey-server`, `supervisor`."""
    words = process.cmdline()
    title = words[0].rstrip("\0").strip()
    if title.startswith("gateway "):
        return title
    return "supervisor" if "up" in words else Path(title.split(" ")[0]).name


def as_markdown(workload: Workload, spent_s: Mapping[str, float], files: Sequence[Path]) -> str:
    lines = [f"## CPU of the gateway, {workload.name}: {workload.messages:,} messages", ""]
    lines += ["| process | us a message |", "|---|---:|"]
    lines += [f"| {name} | {seconds / workload.messages * 1e6:,.0f} |" for name, seconds in spent_s.items()]
    lines += [f"| all | {sum(spent_s.values()) / workload.messages * 1e6:,.0f} |", ""]
    return "\n".join([*lines, *(f"- {file}" for file in files)])


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", default="W1", choices=[name for name, one in WORKLOADS.items() if not one.tls])
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--out", type=Path, default=Path("bench/results/flames"), help="folder of the flame graphs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
