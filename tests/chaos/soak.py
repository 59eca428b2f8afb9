"""R22: load and faults for a while, and everything is as it was."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import psutil
import redis

from tests.chaos.rig import Result, Rig

RATE = 50.0
FAULT_EVERY_S = 20.0
RETENTION_S = 60


def soak(scale: float, seed: int) -> Result:
    """R22: five minutes of load (an hour: SCALE=12) with a fault each 20 s; memory, files and keys do not grow."""
    chance, seconds = random.Random(seed), max(45.0, 300 * scale)
    environ = {"GATEWAY_RETENTION": f"{RETENTION_S}s", "GATEWAY_DEAD_RETENTION": f"{RETENTION_S}s"}
    faults: Counter[str] = Counter()
    with Rig(environ=environ) as rig:
        _warm(rig)
        base = _keys(rig)
        posts = rig.client.start(int(RATE * seconds), RATE, first=1_000)
        began, first = time.monotonic(), _held(rig)
        while time.monotonic() - began < seconds - FAULT_EVERY_S / 2:
            time.sleep(FAULT_EVERY_S)
            faults[_fault(rig, chance)] += 1
            if time.monotonic() - began < seconds / 2:
                first = _held(rig)  # by then all caches are full
        for one in posts:
            one.result()
        result = rig.judge(within_s=30, forgets=True)
        last = _held(rig)
        left = _await_keys(rig, base)
    grown = round(100 * (last["MiB"] / first["MiB"] - 1), 1)
    result.figures |= {
        "seconds": round(seconds),
        "faults": dict(sorted(faults.items())),
        "web and supervisor, MiB half-way and at the end": [first["MiB"], last["MiB"]],
        "their files half-way and at the end": [first["files"], last["files"]],
        "keys before, and after retention": [base, left],
    }
    twice = result.figures["duplicates"]
    allowed = 16 * sum(faults.values())
    result.expect(twice <= allowed, f"{twice} duplicates, {allowed} allowed")
    result.expect(grown < 10, f"memory grew by {grown} %")
    result.expect(last["files"] <= first["files"] + 8, f"open files grew from {first['files']} to {last['files']}")
    result.expect(left <= base + 5, f"{left} keys are left of {base} before")
    return result


def _warm(rig: Rig) -> None:
    """What is made at the first event is part of the base line; the events of it go with their retention."""
    rig.client.post_all(200)
    rig.await_terminal()


def _fault(rig: Rig, chance: random.Random) -> str:
    match kind := chance.choice(("worker killed", "dispatcher killed", "server killed", "worker restarted")):
        case "server killed":
            rig.server.kill()
            time.sleep(1)
            rig.server.start()
        case "worker restarted":
            rig.signal_one(chance, signal.SIGTERM, "worker")
        case _:
            rig.signal_one(chance, signal.SIGKILL, "worker" if kind == "worker killed" else "dispatch")
    return kind


def _held(rig: Rig) -> dict[str, float]:
    """Memory and open files of the processes that no fault ends: the supervisor and the web server's."""
    web = [one for serve in rig.processes("serve") for one in [serve, *serve.children()]]
    found = [psutil.Process(rig.gateway.process.pid), *web]
    memory = sum(one.memory_info().rss for one in found)
    return {"MiB": round(memory / 2**20, 1), "files": sum(one.num_fds() for one in found)}


def _keys(rig: Rig) -> int:
    """Keys that hold no event and no delivery: those come and go."""
    with redis.Redis.from_url(rig.server.url, decode_responses=True) as ledger:
        return sum(not one.startswith(("{ngw}:event:", "{ngw}:delivery:")) for one in ledger.scan_iter(count=1000))


def _await_keys(rig: Rig, base: int) -> int:
    """All keys that are left when retention and the next trim are over; as soon as there are few enough."""
    deadline = time.monotonic() + RETENTION_S + 90
    with redis.Redis.from_url(rig.server.url) as ledger:
        while (left := int(ledger.dbsize())) > base + 5 and time.monotonic() < deadline:
            time.sleep(1)
    return left
