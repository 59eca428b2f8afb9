"""R8, R9, R23: workers are frozen and restarted, and die of what they send."""

from __future__ import annotations

import random
import signal
import time
from typing import Any

import psutil
import redis

from gateway.store import keys
from tests.chaos.kills import under_load
from tests.chaos.rig import Result, Rig
from tests.chaos.sink import event_number
from tests.chaos.weakened import NO_FENCE, Weakness
from tests.support.gateways import eventually
from tests.support.receivers import Answer, Request

FROZEN_LEASE_S = 4  # of which an attempt takes a quarter: on a busy machine it still ends within its lease


def _frozen_worker(weakness: Weakness | None = None) -> Result:
    with Rig(lease_s=FROZEN_LEASE_S, weakness=weakness) as rig:
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
            attempts = [int(ledger.hget(keys.delivery(id), "attempts") or 0) for id in ids]
    figures = {"under way when frozen": in_flight, "frozen s": 3 * FROZEN_LEASE_S, "most attempts": max(attempts)}
    result.figures |= figures
    result.expect(max(attempts) <= 2, f"{max(attempts)} attempts at one delivery")
    result.expect(max(attempts) == 2, "nothing was under way in the frozen worker")
    return result


def frozen_worker(scale: float, seed: int) -> Result:
    """R8: a worker is stopped for three times its lease and goes on then; half of its late results are failures."""
    return _frozen_worker()


def frozen_worker_without_fence(scale: float, seed: int) -> Result:
    """The control of R8: the late results of the frozen worker count."""
    return _frozen_worker(NO_FENCE)


FROZEN_EVENTS = 20


def _freeze(rig: Rig) -> list[psutil.Process]:
    """The workers that were stopped in the middle of sending."""
    seen: set[str] = set()

    def behave(request: Request) -> Answer:
        is_first = request.headers["webhook-id"] not in seen
        seen.add(request.headers["webhook-id"])
        return Answer(503 if is_first and event_number(request) % 2 else 200, delay_s=FROZEN_LEASE_S / 4)

    rig.sink.behave = behave
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


def _restarts(scale: float, seed: int, number: signal.Signals, *commands: str) -> tuple[Result, str]:
    chance = random.Random(seed)
    events, restarts = max(200, int(5_000 * scale)), max(5, int(60 * scale))
    with Rig() as rig:
        fault = lambda: rig.signal_one(chance, number, *commands)  # noqa: E731
        hits = under_load(rig, events, restarts, fault)
        result = rig.judge(most_twice=0)
        log = rig.gateway.log.read_text()
    result.figures["restarts"] = hits
    result.expect(hits == restarts, f"{hits} of {restarts} signals hit a process")
    return result, log


def rolling_restarts(scale: float, seed: int) -> Result:
    """R9: SIGTERM to one process after another under load."""
    result, log = _restarts(scale, seed, signal.SIGTERM, "worker", "dispatch", "serve")
    ended = log.count("ended (exit code 0)")
    bad = [line for line in log.splitlines() if "starts again" in line and "exit code 0" not in line]
    result.figures["ended with 0"] = ended
    result.expect(not bad, f"not every process ended with 0: {bad[:3]}")
    result.expect(ended > 0, "no process was restarted")
    return result


def rolling_kills(scale: float, seed: int) -> Result:
    """The control of R9: SIGKILL to the workers instead."""
    return _restarts(min(scale, 0.05), seed, signal.SIGKILL, "worker")[0]


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
            if event_number(request) == 0:
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
