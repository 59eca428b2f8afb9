"""R19: a worker whose machine has the wrong time."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import redis

from tests.chaos.rig import NotPossible, Result, Rig
from tests.support.gateways import ROOT, eventually
from tests.support.receivers import Answer, Request

LIBRARIES = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/faketime/libfaketime.so.1"),
)
SCALE = 0.2
PLACES = 8
"""Their lanes are shared among the workers."""
MAX_BURSTS = 5
"""A worker that is quicker than the others may take all lanes of one burst."""
RATE = 20.0
"""Events a second. The sink syncs each of 160 messages a second to the disk; more would make it late by itself."""
WAIT_S = 10 * SCALE
"""Between the first attempt, which fails, and the second: within 20 %."""
MAX_LATE_S = 10.0
"""Of a busy machine. A due time that a wrong clock had set would be an hour off."""


def wrong_clock(scale: float, seed: int) -> Result:
    """R19: two workers, an hour fast and an hour slow, beside the gateway's own; due times are the server's."""
    library = _library()
    chance, events = random.Random(seed), max(60, int(250 * scale))
    environ = {"GATEWAY_TIME_SCALE": str(SCALE), "GATEWAY_ATTEMPT_TIMEOUT": "10s"}
    calls: dict[str, list[float]] = defaultdict(list)
    place = "retry: [10s, 10s]"
    with Rig(workers=1, channels=PLACES, place=place, lease_s=30, environ=environ) as rig, ExitStack() as stack:
        for shift in ("+3600", "-3600"):
            stack.callback(_stop, _worker(rig, {"LD_PRELOAD": library, "FAKETIME": shift}))

        with redis.Redis.from_url(rig.server.url) as server:
            if not eventually(lambda: server.scard("rq:workers") == 3, within_s=60):
                raise TimeoutError("the workers with wrong clocks did not start within 60 s")

        def behave(request: Request) -> Answer:
            seen = calls[request.headers["webhook-id"]]
            seen.append(time.time())
            return Answer(200 if len(seen) > 1 or chance.random() < 0.7 else 429)

        rig.sink.behave = behave
        hours: set[int] = set()
        for burst in range(MAX_BURSTS):
            rig.client.post_all(events, RATE, first=burst * events)
            result = rig.judge(most_twice=0)
            hours |= {_hours_off(delivery, calls) for delivery in rig.deliveries("delivered")}
            if hours == {-1, 0, 1}:
                break
    waits = [seen[1] - seen[0] for seen in calls.values() if len(seen) > 1]
    result.figures |= {
        "tried again": len(waits),
        "waits s, shortest and longest": [round(min(waits), 2), round(max(waits), 2)],
        "clocks of the workers, hours": sorted(hours),
    }
    result.expect(hours == {-1, 0, 1}, f"not every clock was used: {sorted(hours)}")
    result.expect(min(waits) >= 0.8 * WAIT_S - 0.1, f"tried again {min(waits):.2f} s later: too early")
    result.expect(max(waits) <= 1.2 * WAIT_S + MAX_LATE_S, f"tried again {max(waits):.2f} s later: too late")
    result.expect(max(map(len, calls.values())) <= 2, "a delivery was tried three times")
    return result


def wrong_clock_of_the_server(scale: float, seed: int) -> Result:
    """The control of R19: the clock that leases end by jumps ahead."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder) / "clock"
        clock.write_text("+0")
        environ = {"LD_PRELOAD": _library(), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
        with Rig(server_environ={**environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}) as rig:
            rig.sink.behave = lambda request: Answer(delay_s=1.5)
            rig.client.post_all(20)
            eventually(lambda: rig.states()["sending"] > 0)
            clock.write_text("+1h")
            return rig.judge(most_twice=0)


def _hours_off(delivery: Mapping[str, Any], calls: Mapping[str, Sequence[float]]) -> int:
    """By how many hours the clock of the worker that sent *delivery* differs from ours."""
    started = datetime.fromisoformat(delivery["attempts"][-1]["started"]).timestamp()
    return round((started - calls[delivery["id"]][-1]) / 3600)


def _library() -> str:
    """Raises: NotPossible."""
    found = next((str(one) for one in LIBRARIES if one.exists()), None)
    if found is None:
        raise NotPossible("libfaketime is not installed")
    return found


def _worker(rig: Rig, environ: dict[str, str]) -> subprocess.Popen[Any]:
    """Beside those that the gateway keeps; only its calendar is wrong, as a machine's would be."""
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"],
        cwd=ROOT,
        env={**rig.gateway.environ, **environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _stop(one: subprocess.Popen[Any]) -> None:
    one.terminate()
    one.wait(25)
