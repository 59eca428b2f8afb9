"""R1, R2, R21: processes of the gateway and its server are killed."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.rig import LEASE_S, Result, Rig
from tests.chaos.weakened import NO_LOOK_AT_LEASE, Weakness
from tests.support import warm
from tests.support.receivers import Answer, Request

SINK_DELAY_S = 0.1
RATE = 33.0
"""Events a second: 2,000 a minute."""


def _slow(request: Request) -> Answer:
    return Answer(delay_s=SINK_DELAY_S)


def under_load(rig: Rig, events: int, faults: int, fault: Callable[[], bool]) -> int:
    """Posts *events* at the usual rate and lets *fault* happen so many times meanwhile, evenly; how often it hit."""
    rig.sink.behave = _slow
    posts = rig.client.start(events, RATE)
    hits = 0
    for _ in range(faults):
        time.sleep(events / RATE / (faults + 1))
        hits += fault()
    for one in posts:
        one.result()
    return hits


def worker_kills(scale: float, seed: int) -> Result:
    """R1: kill -9 of random workers and dispatchers."""
    chance, events, kills = random.Random(seed), max(150, int(10_000 * scale)), max(3, int(20 * scale))
    with Rig(workers=4 if scale > 0.05 else 2) as rig:
        hits = under_load(rig, events, kills, lambda: rig.signal_one(chance, signal.SIGKILL, "worker", "dispatch"))
        result = rig.judge(within_s=30)
    allowed = max(kills * 16, int(events * 0.005)) if scale < 0.5 else int(events * 0.005)
    twice = result.figures["duplicates"]
    result.expect(twice <= allowed, f"{twice} duplicates, {allowed} allowed")
    result.figures |= {"kills": hits, "duplicates %": round(100 * twice / events, 2)}
    result.expect(hits == kills, f"{hits} of {kills} kills hit a process")
    return result


def worker_kills_without_lease(scale: float, seed: int) -> Result:
    """The control of R1: with leases that do not end, what a killed worker had stays where it is."""
    chance = random.Random(seed)
    with Rig(lease_s=3600) as rig:
        under_load(rig, 120, 4, lambda: rig.signal_one(chance, signal.SIGKILL, "worker"))
        return rig.judge(within_s=LEASE_S + 2)


def server_kills(scale: float, seed: int) -> Result:
    """R2: kill -9 of the ledger's server, which stays away for a while."""
    chance, events = random.Random(seed), max(150, int(10_000 * scale))
    away_s = [25.0, *(chance.uniform(0.5, 10) for _ in range(4))] if scale >= 0.15 else [1.0]
    back_s: list[float] = []
    with Rig(workers=4 if scale > 0.05 else 2) as rig:
        workers = {process.pid for process in rig.processes("worker")}

        def fault() -> bool:
            rig.server.kill()
            time.sleep(away_s[len(back_s)])
            rig.server.start()
            began = time.monotonic()
            while rig.client.post_once(f"probe{len(back_s)}", 0) != 202:
                time.sleep(0.02)
            back_s.append(round(time.monotonic() - began, 2))
            return True

        under_load(rig, events, len(away_s), fault)
        result = rig.judge(most_twice=16 * 4 * len(away_s), within_s=30)
        result.expect(workers == {process.pid for process in rig.processes("worker")}, "a worker ended")
    result.figures |= {"kills": len(away_s), "away s": [round(one, 1) for one in away_s], "first 202 after s": back_s}
    result.expect(max(back_s) <= 2, f"the first 202 came {max(back_s)} s after the server")
    result.expect("503" in result.figures["answers"], "no client met the outage")
    return result


def server_kills_without_file(scale: float, seed: int) -> Result:
    """The control of R2: a server without an append-only file."""
    with Rig(server_flags=("--appendonly", "no"), environ={"GATEWAY_DURABILITY": "relaxed"}) as rig:
        rig.sink.behave = lambda request: Answer(delay_s=1)
        rig.client.post_all(80)
        rig.server.kill()
        rig.server.start()
        return rig.judge(within_s=3)


def _several_dispatchers(events: int, kills: int, seed: int, weakness: Weakness | None = None) -> Result:
    chance = random.Random(seed)
    with Rig(weakness=weakness) as rig:

        def start() -> Any:
            return warm.start("gateway", "dispatch", cwd=rig.gateway.root, environ=rig.gateway.environ)

        others = [start(), start()]

        def fault() -> bool:
            place = chance.randrange(3)
            if place == 2:
                return rig.signal_one(chance, signal.SIGKILL, "dispatch")
            others[place].kill()
            others[place].wait()
            others[place] = start()
            return True

        try:
            hits = under_load(rig, events, kills, fault)
            result = rig.judge(most_twice=0)
        finally:
            for one in others:
                one.kill()
                one.wait()
    result.figures |= {"dispatchers": 3, "kills": hits}
    result.expect(hits == kills, f"{hits} of {kills} kills hit a process")
    return result


def several_dispatchers(scale: float, seed: int) -> Result:
    """R21: three dispatchers at once, killed as they come."""
    return _several_dispatchers(max(150, int(5_000 * scale)), max(2, int(10 * scale)), seed)


def dispatchers_that_ignore_leases(scale: float, seed: int) -> Result:
    """The control of R21: what one process is sending, another one gives to a third."""
    return _several_dispatchers(100, 1, seed, NO_LOOK_AT_LEASE)
