"""Runs systems and workloads one after another and prints what it measured as Markdown.

python bench/peers.py --quick --systems gateway,alertmanager --workloads W1,W4
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import select
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import eventloop
import psutil
from certs import Certificates, make_certificates
from load import Sent
from measure import Arrival, Figures, Usage, evaluate
from report import Campaign, Result
from systems import SYSTEMS
from systems.base import BENCH_FOLDER, READY_WITHIN_S, BenchError, Load, Run, System, post_json, run_load, target_path
from workloads import WORKLOADS, Workload

WARM_UP_EVENTS = 50
WARM_UP_LIMIT_S = 15.0
SETTLE_S = 3.0
"""How long a finished run is watched for late duplicates."""
LOAD_LIMIT_S = 300.0
RUN_LIMIT_S = 480.0
"""How long a run may still deliver after the last answer."""
CEILING_EVENTS = 5_000
"""As many as W1 has, to a fresh sink: a sink may be slower in its first 10,000 or so than later."""
CEILING_CONNECTIONS = 16
BUSY_CORE = 0.8
"""Share of one core from which the load generator or the sink counts as the bottleneck."""
NEAR_CEILING = 0.5
"""Share of the measured ceiling from which a rate is marked."""
LATE_MS = 5.0
"""Lateness (p99) of the open loop's own clock from which a run is marked."""


class Sink:
    """A sink process."""

    def __init__(self, workload: Workload, seed: int, certificates: Certificates | None) -> None:
        self._tls = ssl.create_default_context(cafile=str(certificates.ca_bundle)) if certificates else None
        command: list[object] = [sys.executable, BENCH_FOLDER / "sink.py", "--seed", seed]
        command += ["--delay-ms", workload.sink_delay_ms, "--fail", workload.sink_fail_rate]
        if certificates:
            command += ["--tls", certificates.certificate, certificates.key]
        self._process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._output = self._process.stdout
        is_up, _, _ = select.select([self._output], [], [], READY_WITHIN_S)
        words = self._output.readline().split() if is_up else []
        if words[:1] != ["listening"]:
            self.stop()
            raise BenchError("the sink did not start")
        self.port = int(words[1])

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"https://localhost:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"

    def stats(self) -> dict[str, float]:
        return dict(json.loads(self._call("GET", "/_stats")))

    def arrivals(self) -> list[Arrival]:
        return [Arrival(**json.loads(line)) for line in self._call("GET", "/_arrivals").splitlines()]

    def reset(self) -> None:
        self._call("POST", "/_reset")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._output.close()

    def _call(self, method: str, path: str) -> bytes:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._tls)
        )
        with opener.open(urllib.request.Request(self.origin + path, method=method), timeout=60) as response:
            return bytes(response.read())


@contextmanager
def running_sink(workload: Workload, seed: int, certificates: Certificates | None) -> Iterator[Sink]:
    sink = Sink(workload, seed, certificates)
    try:
        yield sink
    finally:
        sink.stop()


def measure_run(system: System, workload: Workload, seed: int, certificates: Certificates | None) -> Figures:
    """Starts a sink and the system, loads it, waits until it has delivered or is quiet, stops both.

    Raises: BenchError when there are no figures.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        running_sink(workload, seed, certificates if workload.tls else None) as sink,
    ):
        targets = [f"{sink.origin}/t{number}" for number in range(1, workload.fan_out + 1)]
        ca_file = certificates.ca_bundle if certificates and workload.tls else None
        run = Run(Path(folder), targets, ca_file, cores=os.cpu_count() or 1)
        try:
            system.start(run)
            warm_up(system, run, workload, sink)
            with Usage(run.processes) as usage:
                sent, report = drive(system, run, workload, event_ids(0, workload.events), "load")
                arrivals, stats = await_deliveries(sent, workload, sink, [target_path(target) for target in targets])
            run.check_alive()
        finally:
            run.stop()
    figures = evaluate(sent, arrivals, [target_path(target) for target in targets])
    figures.rss_mb = usage.peak_rss / 2**20
    figures.cpu_s_per_1000 = usage.cpu_s / figures.delivered * 1000 if figures.delivered else 0.0
    figures.sink_connections = int(stats["connections"])
    figures.harness_cpu = (stats["cpu_s"] + report["cpu_s"]) / figures.active_s / (os.cpu_count() or 1)
    figures.warnings += harness_warnings(report, stats, figures)
    return figures


def event_ids(start: int, count: int) -> list[str]:
    return [f"evt-{number:06d}" for number in range(start, start + count)]


def drive(system: System, run: Run, workload: Workload, ids: Sequence[str], name: str) -> tuple[list[Sent], dict]:
    """Sends the *ids*; what was sent and the driver's report."""
    out = run.folder / f"{name}.json"
    system.drive(run, Load(ids, workload.connections, workload.rate, out, LOAD_LIMIT_S))
    result = json.loads(out.read_text())
    if not result["report"]["complete"]:
        raise BenchError(f"the load was not done within {LOAD_LIMIT_S:.0f} s")
    return [Sent(**row) for row in result["sent"]], result["report"]


def warm_up(system: System, run: Run, workload: Workload, sink: Sink) -> None:
    """Sends a few events that are not counted, waits for them, and clears the sink."""
    ids = event_ids(900_000, WARM_UP_EVENTS)
    sent, _ = drive(system, run, workload, ids, "warm-up")
    wanted = count_accepted(sent) * workload.fan_out
    deadline = time.monotonic() + WARM_UP_LIMIT_S
    while sink.stats()["distinct"] < wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    sink.reset()


def count_accepted(sent: Sequence[Sent]) -> int:
    return sum(200 <= one.status < 300 for one in sent)


def await_deliveries(
    sent: Sequence[Sent], workload: Workload, sink: Sink, targets: Sequence[str]
) -> tuple[list[Arrival], dict[str, float]]:
    """All arrivals and the sink's counts, once every accepted event has been delivered or nothing arrives any more.

    Raises: BenchError when messages still arrive after RUN_LIMIT_S.
    """
    start = time.monotonic()
    accepted = count_accepted(sent) * len(targets)
    while time.monotonic() - start < RUN_LIMIT_S:
        stats = sink.stats()
        quiet_s = min((stats["now_ns"] - stats["last_ns"]) / 1e9, time.monotonic() - start)
        if quiet_s >= workload.quiet_s:
            return sink.arrivals(), stats
        if quiet_s >= SETTLE_S and stats["distinct"] >= accepted:
            arrivals = sink.arrivals()
            if not evaluate(sent, arrivals, targets).lost:
                return arrivals, stats
        time.sleep(0.25)
    raise BenchError(f"messages still arrived after {RUN_LIMIT_S:.0f} s")


def harness_warnings(report: dict, stats: dict[str, float], figures: Figures) -> list[str]:
    """Notes on a harness that may have been the bottleneck."""
    warnings = []
    for name, cpu_s in (("load generator", report["cpu_s"]), ("sink", stats["cpu_s"])):
        if figures.delivered and cpu_s / figures.active_s > BUSY_CORE:
            warnings.append(f"HARNESS-BOUND: {name} used over {BUSY_CORE:.0%} of a core")
    if report["late_p99_ms"] > LATE_MS:
        warnings.append(f"load generator late (p99 over {LATE_MS:.0f} ms)")
    if stats["unidentified"]:
        warnings.append("messages without an id arrived")
    return warnings


def measure_ceiling(certificates: Certificates | None) -> float:
    """Messages/s that the load generator gets through to the sink with no system between."""
    workload = Workload("ceiling", "load generator to sink", CEILING_EVENTS, tls=bool(certificates))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_sink(workload, 1, certificates) as sink:
        ids = event_ids(0, CEILING_EVENTS)
        load = Load(ids, CEILING_CONNECTIONS, None, Path(folder) / "load.json", LOAD_LIMIT_S)
        requests = {event_id: post_json("/t1", {"message": f"Event {event_id}"}) for event_id in ids}
        run_load(load, requests, sink.port, certificates.ca_bundle if certificates else None)
        sent = [Sent(**row) for row in json.loads(load.out.read_text())["sent"]]
        return evaluate(sent, sink.arrivals(), ["/t1"]).delivered_per_s


def describe_machine() -> dict[str, str]:
    """What the figures depend on besides the systems."""
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "harness": f"Python {platform.python_version()}, {eventloop.NAME}",
    }


def run_campaign(campaign: Campaign, seed: int, certificates: Certificates | None) -> None:
    """Fills in the results. Every second repetition takes the systems in reverse order."""
    for repetition in range(campaign.repetitions):
        order = campaign.systems if repetition % 2 == 0 else campaign.systems[::-1]
        for workload in campaign.workloads:
            for name in order:
                if workload.tls and not SYSTEMS[name].can_tls:
                    continue
                result = run_once(SYSTEMS[name], workload, repetition, seed, certificates)
                mark_near_ceiling(result, campaign.ceilings["tls" if workload.tls else "plain"])
                campaign.results.append(result)
                print(describe(result), file=sys.stderr, flush=True)


def run_once(
    system: System, workload: Workload, repetition: int, seed: int, certificates: Certificates | None
) -> Result:
    """One run; a failure of any kind becomes part of the result."""
    try:
        figures = measure_run(system, workload, seed + repetition, certificates)
    except Exception as exc:  # a failed run is a result; the next one must still be made
        return Result(system.name, workload.name, repetition, None, f"{type(exc).__name__}: {exc}")
    return Result(system.name, workload.name, repetition, figures)


def mark_near_ceiling(result: Result, ceiling: float) -> None:
    figures = result.figures
    if figures and max(figures.accepted_per_s, figures.delivered_per_s) > NEAR_CEILING * ceiling:
        figures.warnings.append(f"HARNESS-BOUND: over {NEAR_CEILING:.0%} of the ceiling")


def describe(result: Result) -> str:
    """A line on one run."""
    head = f"{result.workload:4} {result.system:13} #{result.repetition + 1}"
    if result.figures is None:
        return f"{head} FAILED {result.failure}"
    f = result.figures
    return (
        f"{head} accepted {f.accepted_per_s:.0f}/s delivered {f.delivered_per_s:.1f}/s "
        f"e2e {f.e2e_p50_ms:.1f}/{f.e2e_p99_ms:.1f} ms RSS {f.rss_mb:.0f} MB CPU {f.cpu_s_per_1000:.2f} s/1000 "
        f"lost {f.lost} refused {f.refused} dup {f.duplicates} connections {f.sink_connections} "
        f"harness CPU {f.harness_cpu:.0%} {'; '.join(f.warnings)}"
    )


def main() -> int:
    options = parse_options()
    lock_machine()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a stopped bench stops what it started
    names = options.systems.split(",")
    chosen = [WORKLOADS[name].reduced(10 if options.quick else 1) for name in options.workloads.split(",")]
    skipped = {name: reason for name in names if (reason := SYSTEMS[name].missing())}
    for name, reason in skipped.items():
        print(f"{name}: skipped, {reason}", file=sys.stderr)
    names = [name for name in names if name not in skipped]
    campaign = Campaign(
        baseline=options.baseline,
        workloads=chosen,
        systems=names,
        repetitions=1 if options.quick else options.repetitions,
        machine=describe_machine(),
        versions={name: SYSTEMS[name].versions() for name in names},
        skipped=skipped,
    )
    with tempfile.TemporaryDirectory(prefix="bench-ca-") as folder:
        certificates = make_certificates(Path(folder)) if any(workload.tls for workload in chosen) else None
        campaign.ceilings["plain"] = measure_ceiling(None)
        if certificates:
            campaign.ceilings["tls"] = measure_ceiling(certificates)
        is_complete = True
        try:
            run_campaign(campaign, options.seed, certificates)
        except KeyboardInterrupt:
            print("interrupted; the table holds what was measured", file=sys.stderr)
            is_complete = False
    print(campaign.as_markdown())
    if options.json:
        options.json.write_text(json.dumps(campaign.as_json(), indent=1))
    return 0 if is_complete and not any(result.failure for result in campaign.results) else 1


def lock_machine() -> None:
    """Ends the program when another bench runs: two at once measure each other."""
    path = Path(os.environ.get("BENCH_LOCK") or Path(tempfile.gettempdir()) / "gateway-bench.lock")
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another bench runs on this machine")
    LOCKS.append(lock)


LOCKS: list[IO[str]] = []
"""Held until the program ends."""


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="default %(default)s; the absent are skipped")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="default %(default)s")
    parser.add_argument("--baseline", default="apprise_api", choices=list(SYSTEMS), help="default %(default)s")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, one repetition")
    parser.add_argument("--seed", type=int, default=1, help="of the sink's failures; repetition k adds k")
    parser.add_argument("--json", type=Path, help="write every run's figures here")
    options = parser.parse_args()
    for given, known in ((options.systems, SYSTEMS), (options.workloads, WORKLOADS)):
        if unknown := [name for name in given.split(",") if name not in known]:
            parser.error(f"unknown: {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
