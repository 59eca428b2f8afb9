"""R5, R14, R15, R16: places that fail for a while, refuse, are in trouble, or ask for less."""

from __future__ import annotations

import random
import signal
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from gateway.retry import STANDARD
from gateway.store.ledger import FAILURES_THAT_OPEN
from tests.chaos.rig import CONCURRENCY, Result, Rig
from tests.chaos.weakened import NO_JITTER, NO_LOOK_AT_STATE, Weakness
from tests.support.gateways import eventually
from tests.support.receivers import Answer, Request

MAX_LATE_S = 2.0
"""After the longest wait that the jitter allows."""


def scheduled_retries(scale: float, seed: int) -> Result:
    """R5: messages that fail together are tried again by the schedule, each at a time of its own."""
    return _scheduled_retries(max(100, int(1_000 * scale)), 1 if scale < 0.1 else 2)


def scheduled_retries_without_jitter(scale: float, seed: int) -> Result:
    """The control of R5: all are tried again together."""
    return _scheduled_retries(100, 1, NO_JITTER)


def _scheduled_retries(messages: int, retries: int, weakness: Weakness | None = None) -> Result:
    """*retries* of each message, by the schedule at its full length: after 5 s, then 30 s.

    A lane has so few messages that its breaker does not open, which would hold them back.
    """
    calls: dict[str, list[float]] = defaultdict(list)
    events = (FAILURES_THAT_OPEN - 1) // retries
    environ = {"GATEWAY_TIME_SCALE": "1"}
    with Rig(channels=messages // events, environ=environ, weakness=weakness) as rig:

        def behave(request: Request) -> Answer:
            seen = calls[request.headers["webhook-id"]]
            seen.append(time.time())
            return Answer(429 if len(seen) <= retries else 200)

        rig.sink.behave = behave
        rig.client.post_all(events)
        result = rig.judge(most_twice=0, within_s=90)
    for number, wait in enumerate(STANDARD[:retries]):
        waits = [seen[number + 1] - seen[number] for seen in calls.values()]
        shortest, longest, planned = min(waits), max(waits), wait.total_seconds()
        most = max(Counter(int(10 * wait_s) for wait_s in waits).values())
        result.figures[f"wait of {planned:g} s: shortest, longest"] = [round(shortest, 2), round(longest, 2)]
        result.figures[f"wait of {planned:g} s: most of the same tenth of a second"] = most
        result.expect(shortest >= 0.8 * planned - 0.01, f"tried again after {shortest:.2f} s: too early")
        result.expect(longest <= 1.2 * planned + MAX_LATE_S, f"tried again after {longest:.2f} s: too late")
        result.expect(shortest <= 0.9 * planned, f"none was tried again before {shortest:.2f} s: not spread")
    return result


def _dead_letters(events: int, seed: int, weakness: Weakness | None = None) -> Result:
    chance = random.Random(seed)
    with Rig(weakness=weakness) as rig:
        rig.sink.behave = lambda request: Answer(400)
        rig.client.post_all(events)
        rig.await_terminal()
        rows = rig.deliveries("dead")
        rig.sink.behave = lambda request: Answer(delay_s=0.05)
        with ThreadPoolExecutor(2) as pool:
            replays = [pool.submit(rig.gateway.run, "replay", "--all-dead") for _ in range(2)]
            eventually(lambda: rig.states()["delivered"] > 0)
            has_killed = rig.signal_one(chance, signal.SIGKILL, "worker")
            codes = [one.result().returncode for one in replays]
        rig.await_terminal()
        rig.gateway.run("replay", *(row["id"] for row in rows))  # what is delivered is not dead: all are refused
        result = rig.judge(most_twice=16)
    reasons = {row["reason"] for row in rows}
    result.figures |= {"dead before": len(rows), "reasons": sorted(reasons), "replays": codes, "kills": 1}
    result.expect(has_killed, "no worker was killed")
    result.expect(len(rows) == events, f"{len(rows)} of {events} were dead letters")
    result.expect(reasons == {"rejected"}, f"reasons: {reasons}")
    result.expect(result.figures["dead"] == 0 and codes == [0, 0], "not all was replayed")
    return result


def dead_letters(scale: float, seed: int) -> Result:
    """R14: what was refused for good is dead with its reason; two replay it at once under a kill, and one again."""
    return _dead_letters(max(60, int(1_000 * scale)), seed)


def dead_letters_replayed_blindly(scale: float, seed: int) -> Result:
    """The control of R14: a replay that does not look whether a delivery is dead."""
    return _dead_letters(60, seed, NO_LOOK_AT_STATE)


def troubled_place(scale: float, seed: int) -> Result:
    """R15: after five failures in a row a place is left alone but for probes, and gets all when it is well again."""
    return _troubled_place(max(40, int(100 * scale)), lambda call: Answer(500))


def place_below_the_breaker(scale: float, seed: int) -> Result:
    """The control of R15: a place that takes each fifth message never fails five times in a row."""
    return _troubled_place(100, lambda call: Answer(200 if call % 4 == 0 else 500))


def _troubled_place(events: int, trouble: Callable[[int], Answer]) -> Result:
    with Rig(environ={"GATEWAY_TIME_SCALE": "0.02"}) as rig:  # the breaker is open for 0.6 s, then 1.2 s
        rig.sink.behave = lambda request: trouble(rig.sink.calls["/c0"])
        rig.client.post_all(events, 20)
        time.sleep(4)
        calls = rig.sink.calls["/c0"]
        rig.sink.behave = lambda request: Answer()
        result = rig.judge(most_twice=0, within_s=60)
    # those under way when it opened (one worker's share), five to open, and the probes
    result.figures["calls while in trouble"] = calls
    result.expect(calls <= 5 + 16 + 4, f"{calls} calls to a place in trouble")
    result.expect(result.figures["dead"] == 0, "waiting burnt attempts")
    return result


def limited_place(scale: float, seed: int) -> Result:
    """R16: ten messages a second over four workers, and quiet for as long as the place asks; the other place is not."""
    return _limited_place(max(120, int(600 * scale)), 30 if scale >= 0.5 else 5, "rate: 10/s")


def unlimited_place(scale: float, seed: int) -> Result:
    """The control of R16: the same place without a rate."""
    return _limited_place(120, 5, "")


WORKERS = 4
MAX_LATE = WORKERS * CONCURRENCY
"""Calls that may be under way, over all workers, until the answer that asks for quiet has been recorded."""
IN_PAUSE = 10
"""Messages to each place that are posted once it has been asked for quiet."""


def _limited_place(events: int, quiet_s: int, limit: str) -> Result:
    asked: list[float] = []
    calls: dict[str, list[float]] = {"/c0": [], "/c1": []}
    with Rig(workers=WORKERS, channels=2, place=limit, environ={"GATEWAY_TIME_SCALE": "1"}) as rig:

        def behave(request: Request) -> Answer:
            seen = calls[request.path]
            seen.append(time.time())
            if request.path == "/c0" and len(seen) == 20:
                asked.append(seen[-1])
                return Answer(429, retry_after=str(quiet_s))
            return Answer()

        rig.sink.behave = behave
        rig.client.post_all(events)
        until = time.monotonic() + events / 10 + 30
        while not asked and time.monotonic() < until:
            time.sleep(0.01)
        # However fast or slow the machine was until now, the other place has something to do in the pause.
        rig.client.post_all(2 * IN_PAUSE, first=events)
        result = rig.judge(most_twice=0, within_s=events / 10 + quiet_s + 30)
    most = {path: _most_within(seen, 10) for path, seen in calls.items()}
    pauses = list(pairwise(calls["/c0"]))
    long_enough = (pause for pause in pauses if pause[0] >= asked[0] and pause[1] - pause[0] >= quiet_s - 0.1)
    # A busy machine may stand still for longer than the place asked for: the first pause is the one that it got.
    began, ended = next(long_enough, max(pauses, key=lambda pause: pause[1] - pause[0]))
    late = sum(asked[0] < at <= began for at in calls["/c0"])  # under way, or claimed until the answer was recorded
    meanwhile = sum(began < at < ended for at in calls["/c1"])
    result.figures |= {
        "most calls in 10 s": most,
        "Retry-After s": quiet_s,
        "quiet for s": round(ended - began, 2),
        "calls after it asked, until it was quiet": late,
        "calls to the other place meanwhile": meanwhile,
    }
    allowed = 105  # ten a second and 5 %
    result.expect(max(most.values()) <= allowed, f"{max(most.values())} calls in 10 s, {allowed} allowed")
    result.expect(ended - began >= quiet_s - 0.1, f"it was quiet for {ended - began:.1f} s, {quiet_s} were asked for")
    result.expect(late <= MAX_LATE, f"{late} calls after it had asked")
    result.expect(meanwhile > 0, "the other place was quiet as well")
    return result


def _most_within(times: Sequence[float], span_s: float) -> int:
    """The most of *times*, in order, that lie within any *span_s*."""
    return max(bisect_left(times, at + span_s) - place for place, at in enumerate(times))
