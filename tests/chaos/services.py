"""R14, R15, R16: places that refuse, are in trouble, or ask for less."""

from __future__ import annotations

import random
import signal
import time
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.rig import Result, Rig
from tests.gateways import eventually
from tests.receivers import Answer, Request


def dead_letters(scale: float, seed: int) -> Result:
    """R14: what was refused for good is dead with its reason, and is replayed by two at once under a kill."""
    chance, events = random.Random(seed), max(60, int(1_000 * scale))
    with Rig() as rig:
        rig.sink.behave = lambda request: Answer(400)
        rig.client.post_all(events)
        rig.await_terminal()
        rows = rig.gateway.json("deliveries", "--state", "dead", "--limit", str(events))
        rig.sink.behave = lambda request: Answer(delay_s=0.05)
        with ThreadPoolExecutor(2) as pool:
            replays = [pool.submit(rig.gateway.run, "replay", "--all-dead") for _ in range(2)]
            eventually(lambda: rig.states()["delivered"] > 0)
            rig.signal_one(chance, signal.SIGKILL, "worker")
            codes = [one.result().returncode for one in replays]
        result = rig.judge(most_twice=16)
    reasons = {row["reason"] for row in rows}
    result.figures |= {"dead before": len(rows), "reasons": sorted(reasons), "replays": codes, "kills": 1}
    result.expect(len(rows) == events, f"{len(rows)} of {events} were dead letters")
    result.expect(reasons == {"rejected"}, f"reasons: {reasons}")
    result.expect(result.figures["dead"] == 0 and codes == [0, 0], "not all was replayed")
    return result


def troubled_place(scale: float, seed: int) -> Result:
    """R15: after five failures in a row a place is left alone but for probes, and gets all when it is well again."""
    events = max(40, int(100 * scale))
    with Rig(environ={"GATEWAY_TIME_SCALE": "0.1"}) as rig:  # the breaker is open for 3 s, then 6 s
        rig.sink.behave = lambda request: Answer(500)
        rig.client.post_all(events, 20)
        time.sleep(4)
        calls = rig.sink.calls["/c0"]
        rig.sink.behave = lambda request: Answer()
        result = rig.judge(most_twice=0, within_s=30)
    # those under way when it opened (one worker's share), five to open, and the probes
    result.figures["calls while in trouble"] = calls
    result.expect(calls <= 5 + 16 + 4, f"{calls} calls to a place in trouble")
    result.expect(result.figures["dead"] == 0, "waiting burnt attempts")
    return result


def limited_place(scale: float, seed: int) -> Result:
    """R16: ten messages a second over four workers, and quiet for as long as the place asks."""
    events = max(60, int(600 * scale))
    asked: list[float] = []
    calls: list[float] = []
    with Rig(workers=4, rate="10/s", environ={"GATEWAY_TIME_SCALE": "1"}) as rig:

        def behave(request: Request) -> Answer:
            calls.append(time.time())
            if len(calls) == 20:
                asked.append(time.time())
                return Answer(429, retry_after="3")
            return Answer()

        rig.sink.behave = behave
        rig.client.post_all(events)
        result = rig.judge(most_twice=0, within_s=events / 10 + 30)
    most = max(bisect_left(calls, at + 10) - place for place, at in enumerate(calls))
    quiet = sum(asked[0] + 0.5 < at < asked[0] + 2.9 for at in calls)
    result.figures |= {"most calls in 10 s": most, "calls in the quiet time": quiet}
    result.expect(most <= 10 * 10 * 1.05 + 10, f"{most} calls in 10 s")  # the burst of one second comes on top
    result.expect(quiet == 0, f"{quiet} calls in the quiet time")
    return result
