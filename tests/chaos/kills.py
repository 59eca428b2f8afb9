"""R1, R2, R8, R9, R21, R23: processes of the gateway and its server are killed, frozen and restarted."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import redis

from gateway.store import keys
from tests.chaos.rig import LEASE_S, Result, Rig
from tests.gateways import ROOT, eventually
from tests.receivers import Answer, Request

SINK_DELAY_S = 0.1
RATE = 33.0
"""Events a second: 2,000 a minute."""


def _slow(request: Request) -> Answer:
    return Answer(delay_s=SINK_DELAY_S)


def _under_load(rig: Rig, events: int, faults: int, fault: Callable[[], Any]) -> None:
    """Posts *events* at the usual rate and lets *fault* happen so many times meanwhile, evenly."""
    rig.sink.behave = _slow
    posts = rig.client.start(events, RATE)
    for _ in range(faults):
        time.sleep(events / RATE / (faults + 1))
        fault()
    for one in posts:
        one.result()


def worker_kills(scale: float, seed: int) -> Result:
    """R1: kill -9 of random workers and dispatchers."""
    chance, events, kills = random.Random(seed), max(150, int(10_000 * scale)), max(3, int(20 * scale))
    with Rig(workers=4 if scale > 0.05 else 2) as rig:
        _under_load(rig, events, kills, lambda: rig.signal_one(chance, signal.SIGKILL, "worker", "dispatch"))
        result = rig.judge(within_s=30)
    allowed = max(kills * 16, int(events * 0.005)) if scale < 0.5 else int(events * 0.005)
    twice = result.figures["duplicates"]
    result.expect(twice <= allowed, f"{twice} duplicates, {allowed} allowed")
    result.figures |= {"kills": kills, "duplicates %": round(100 * twice / events, 2)}
    return result


def worker_kills_without_lease(scale: float, seed: int) -> Result:
    """The control of R1: with leases that do not end, what a killed worker had stays where it is."""
    chance = random.Random(seed)
    with Rig(lease_s=3600) as rig:
        _under_load(rig, 120, 4, lambda: rig.signal_one(chance, signal.SIGKILL, "worker"))
        return rig.judge(within_s=LEASE_S + 2)


def server_kills(scale: float, seed: int) -> Result:
    """R2: kill -9 of the ledger's server, which stays away for a while."""
    chance, events = random.Random(seed), max(150, int(10_000 * scale))
    away_s = [25.0, *(chance.uniform(0.5, 10) for _ in range(4))] if scale >= 0.15 else [1.0]
    back_s = []
    with Rig(workers=4 if scale > 0.05 else 2) as rig:

        def fault() -> None:
            rig.server.kill()
            time.sleep(away_s[len(back_s)])
            rig.server.start()
            began = time.monotonic()
            while rig.client.post_once(f"probe{len(back_s)}", 0) != 202:
                time.sleep(0.02)
            back_s.append(round(time.monotonic() - began, 2))

        _under_load(rig, events, len(away_s), fault)
        result = rig.judge(most_twice=16 * 4 * len(away_s), within_s=30)
        alive = {process.create_time() for process in rig.processes("worker")}
        result.expect(min(alive) > 0 and "was killed" not in rig.gateway.log.read_text(), "a worker ended")
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


FROZEN_LEASE_S = 2


def frozen_worker(scale: float, seed: int) -> Result:
    """R8: a worker is stopped for three times its lease and goes on then."""
    with Rig(lease_s=FROZEN_LEASE_S) as rig:
        frozen = _freeze(rig)
        in_flight = rig.states()["sending"]
        time.sleep(3 * FROZEN_LEASE_S)
        rig.await_terminal(20)
        for one in frozen:
            one.resume()
        time.sleep(2)
        result = rig.judge(most_twice=FROZEN_EVENTS)
        with redis.Redis.from_url(rig.server.url, decode_responses=True) as ledger:
            ids = [id for found in rig.client.acked.deliveries.values() for id in found]
            attempts = [int(ledger.hget(keys.delivery(id), "attempts") or 0) for id in ids]  # type: ignore[arg-type]
    figures = {"under way when frozen": in_flight, "frozen s": 3 * FROZEN_LEASE_S, "most attempts": max(attempts)}
    result.figures |= figures
    result.expect(max(attempts) <= 2, f"{max(attempts)} attempts at one delivery")
    result.expect(max(attempts) == 2, "nothing was under way in the frozen worker")
    return result


def frozen_worker_without_lease(scale: float, seed: int) -> Result:
    """The control of R8: with leases that do not end, what a frozen worker had stays where it is."""
    with Rig(lease_s=3600) as rig:
        _freeze(rig)
        return rig.judge(within_s=3 * FROZEN_LEASE_S)


FROZEN_EVENTS = 20


def _freeze(rig: Rig) -> list[psutil.Process]:
    """The workers that were stopped in the middle of sending."""
    rig.sink.behave = lambda request: Answer(delay_s=FROZEN_LEASE_S / 4)
    rig.client.post_all(FROZEN_EVENTS)
    eventually(lambda: rig.sink.calls["/c0"] >= FROZEN_EVENTS / 2)
    frozen = _senders(rig)
    for one in frozen:
        one.suspend()
    return frozen


def _senders(rig: Rig) -> list[psutil.Process]:
    """The workers that have connections to the sink."""
    return [
        one
        for one in rig.processes("worker")
        if any(link.raddr and link.raddr[1] == rig.sink.port for link in one.net_connections())
    ]


def _restarts(scale: float, seed: int, number: signal.Signals) -> tuple[Result, str]:
    chance = random.Random(seed)
    events, restarts = max(200, int(5_000 * scale)), max(5, int(60 * scale))
    with Rig() as rig:
        fault = lambda: rig.signal_one(chance, number, "worker", "dispatch", "serve")  # noqa: E731
        _under_load(rig, events, restarts, fault)
        result = rig.judge(most_twice=0)
        log = rig.gateway.log.read_text()
    result.figures["restarts"] = restarts
    return result, log


def rolling_restarts(scale: float, seed: int) -> Result:
    """R9: SIGTERM to one process after another under load."""
    result, log = _restarts(scale, seed, signal.SIGTERM)
    ended = log.count("ended (exit code 0)")
    bad = [line for line in log.splitlines() if "starts again" in line and "exit code 0" not in line]
    result.figures["ended with 0"] = ended
    result.expect(not bad, f"not every process ended with 0: {bad[:3]}")
    result.expect(ended > 0, "no process was restarted")
    return result


def rolling_kills(scale: float, seed: int) -> Result:
    """The control of R9: the same with SIGKILL."""
    return _restarts(min(scale, 0.05), seed, signal.SIGKILL)[0]


def several_dispatchers(scale: float, seed: int) -> Result:
    """R21: three dispatchers at once, killed as they come."""
    chance, events, kills = random.Random(seed), max(150, int(5_000 * scale)), max(2, int(10 * scale))
    with Rig() as rig:

        def start() -> Any:
            return subprocess.Popen([sys.executable, "-m", "gateway", "dispatch"], cwd=ROOT, env=rig.gateway.environ)

        others = [start(), start()]

        def fault() -> None:
            place = chance.randrange(3)
            if place == 2:
                rig.signal_one(chance, signal.SIGKILL, "dispatch")
            else:
                others[place].kill()
                others[place].wait()
                others[place] = start()

        try:
            _under_load(rig, events, kills, fault)
            result = rig.judge(most_twice=0)
        finally:
            for one in others:
                one.kill()
                one.wait()
    result.figures |= {"dispatchers": 3, "kills": kills}
    return result


def poison_event(scale: float, seed: int) -> Result:
    """R23: whatever worker sends this message dies of it."""
    return _poison_event(max(40, int(1_000 * scale)), lease_s=2, dead_within_s=30)


def poison_event_without_lease(scale: float, seed: int) -> Result:
    """The control of R23: nobody takes back what killed its worker, so it is under way for ever."""
    return _poison_event(40, lease_s=3600, dead_within_s=6)


def _poison_event(events: int, lease_s: float, dead_within_s: float) -> Result:
    with Rig(lease_s=lease_s) as rig:
        deaths: list[int] = []

        def kill_sender(request: Request) -> Answer:
            if request.json()["title"] == "Event 0":
                for one in _senders(rig):
                    deaths.append(one.pid)
                    one.kill()
                return Answer(resets=True, status=500)
            return Answer()

        rig.sink.behave = kill_sender
        rig.client.post_all(1)
        eventually(lambda: rig.states()["dead"] == 1, dead_within_s)
        rig.client.post_all(events, first=1)
        result = rig.judge(within_s=dead_within_s)
        with redis.Redis.from_url(rig.server.url, decode_responses=True) as ledger:
            (id,) = rig.client.acked.deliveries["e0"]
            reason: Any = ledger.hget(keys.delivery(id), "reason")
    result.figures |= {"workers killed": len(deaths), "reason": reason}
    result.expect(reason == "crash-loop", f"the poison event's reason is {reason}")
    result.expect(result.figures["dead"] == 1, "others died of it")
    return result
