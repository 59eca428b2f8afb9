"""R4, R6, R7, R12: replies get lost, places hang, connections break."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from http.client import HTTPConnection

from tests.chaos.client import Client, percentile
from tests.chaos.proxy import Fault, Proxy, to_port, to_socket
from tests.chaos.rig import Result, Rig
from tests.chaos.sink import NEVER_S
from tests.support import warm
from tests.support.gateways import ROOT, eventually
from tests.support.receivers import Answer, Request, refused_port


def lost_replies(scale: float, seed: int) -> Result:
    """R4: a tenth of the replies never comes, from the ledger to intake and from intake to the client."""
    chance, events = random.Random(seed), max(100, int(5_000 * scale))
    with Rig() as rig, ExitStack() as stack:
        ledger = stack.enter_context(Proxy(seed))
        ledger.upstream = to_socket(str(rig.server.socket))
        port = refused_port()
        environ = {**rig.gateway.environ, "REDIS_URL": ledger.url}
        words = ("gateway", "serve", "--bind", f"127.0.0.1:{port}")
        web = warm.start(*words, cwd=ROOT, environ=environ)
        stack.callback(web.wait, 25)
        stack.callback(web.terminate)
        front = stack.enter_context(Proxy(seed + 1))
        front.upstream = to_port(port)
        client = Client(lambda: f"http://127.0.0.1:{front.port}", rig.gateway.token, 16)
        client.acked = rig.client.acked
        stack.callback(client.close)
        client.post_all(1)
        ledger.fault = front.fault = Fault(drops_replies=0.1)
        posts = [post for n in range(1, events) for post in client.start(1, 1e9, n, chance.randint(1, 5))]
        for one in posts:
            one.result()
        ledger.fault = front.fault = Fault()
        other = _status_of_other_body(rig)
        result = rig.judge(most_twice=0)
        sent = len({line.delivery for line in rig.sink.lines()})
    result.figures |= {
        "posts": len(posts) + 1,
        "replies lost at the ledger": ledger.hits,
        "replies lost at the client": front.hits,
        "same key, other body": other,
        "replays with other deliveries": rig.client.acked.differing,
    }
    result.expect(sent == events, f"{sent} messages for {events} events")
    result.expect(other == 422, f"the same id with another body got {other}")
    result.expect(rig.client.acked.differing == 0, "a replay named other deliveries")
    result.expect("500" not in result.figures["answers"], "an internal error was answered")
    result.expect(ledger.hits > 0 and front.hits > 0, "no reply was lost")
    return result


def _status_of_other_body(rig: Rig) -> int:
    connection = HTTPConnection(rig.gateway.url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": f"Bearer {rig.gateway.token}", "Content-Type": "application/json"}
    body = json.dumps({"type": "test.happened", "id": "e0", "data": {"number": 999_999}})
    connection.request("POST", "/v1/events", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def lost_replies_without_id(scale: float, seed: int) -> Result:
    """The control of R4: a client that names each try anew."""
    with Rig() as rig:
        events = 40
        for number in range(events):
            for again in range(2):
                rig.client.post_once(f"try-{number}-{again}", number)
        result = rig.judge()
        extra = len(rig.sink.lines()) - events
    result.figures["extra messages"] = extra
    result.expect(extra == 0, f"{extra} messages more than events")
    return result


EVENLY = "retry: [10s, 10s, 10s, 10s, 10s, 10s, 10s, 10s, 10s, 10s, 10s, 10s]"
"""Waits that do not grow: what fails half of the time is done soon, and one of 8,000 messages dies."""


def failing_neighbours(scale: float, seed: int) -> Result:
    """R6: two of five places fail half of the time; the other three hear each event once."""
    return _failing_neighbours(max(40, int(1_000 * scale)), seed, times=1)


def failing_neighbours_posted_again(scale: float, seed: int) -> Result:
    """The control of R6: a source that posts a new event because some place has failed tells all of them again."""
    return _failing_neighbours(40, seed, times=2)


def _failing_neighbours(events: int, seed: int, times: int) -> Result:
    chance = random.Random(seed)
    with Rig(channels=5, place=EVENLY, environ={"GATEWAY_TIME_SCALE": "0.001"}) as rig:
        failing = {"/c3", "/c4"}

        def behave(request: Request) -> Answer:
            return Answer(503 if request.path in failing and chance.random() < 0.5 else 200)

        rig.sink.behave = behave
        for again in range(times):
            rig.client.post_all(events, first=again * events)
        result = rig.judge(most_twice=0, within_s=240)
        counts = Counter(line.path for line in rig.sink.lines())
        calls = rig.sink.calls
    result.figures |= {"taken": dict(sorted(counts.items())), "calls": dict(sorted(calls.items()))}
    well = {path: counts[path] for path in ("/c0", "/c1", "/c2")}
    result.expect(set(well.values()) == {events}, f"a place that works heard {well} of {events}")
    result.expect(all(calls[path] == events for path in well), "a place that works was called again")
    failed = {path: calls[path] - counts[path] for path in sorted(failing)}
    result.expect(min(failed.values()) >= events / 4, f"the failing places failed {failed} times only")
    return result


def hanging_place(scale: float, seed: int) -> Result:
    """R7: one of ten places never answers; the others are as quick as before."""
    return _hanging_place(max(60, int(500 * scale)))


def hanging_place_one_thread(scale: float, seed: int) -> Result:
    """The control of R7: one thread for all places, so that they wait for the one that hangs."""
    return _hanging_place(60, workers=1, environ={"GATEWAY_CONCURRENCY": "1"})


def _hanging_place(events: int, workers: int = 2, environ: Mapping[str, str] | None = None) -> Result:
    """Each event goes to ten places."""
    rate = 10.0
    with Rig(channels=10, workers=workers, environ={"GATEWAY_TIME_SCALE": "1", **(environ or {})}) as rig:
        rig.client.post_all(events, rate)
        rig.await_terminal()
        before = _delays(rig, 0)
        rig.sink.behave = lambda request: Answer(delay_s=NEVER_S) if request.path == "/c0" else Answer()
        rig.client.post_all(events, rate, first=events)
        eventually(lambda: len(rig.sink.lines()) >= 10 * events + 9 * events, 30)
        after = [one for one in _delays(rig, events) if one >= 0]
        heard = Counter(line.path for line in rig.sink.lines())
        waiting = rig.states()
    p99 = [round(1000 * percentile(one, 0.99)) for one in (before, after)]
    result = Result(
        {
            "events": 2 * events,
            "calls to the hanging place": rig.sink.calls["/c0"] - events,
            "p99 before ms": p99[0],
            "p99 meanwhile ms": p99[1],
            "waiting for the hanging place": waiting["waiting"] + waiting["sending"],
        }
    )
    result.expect(all(heard[f"/c{n}"] == 2 * events for n in range(1, 10)), f"not all was heard: {dict(heard)}")
    result.expect(p99[1] <= max(p99[0] * 1.2, p99[0] + 250), f"p99 grew from {p99[0]} to {p99[1]} ms")
    result.expect(rig.sink.calls["/c0"] > events, "the hanging place was never called")
    return result


def _delays(rig: Rig, first: int) -> list[float]:
    """Seconds from the acknowledgement of events from number *first* on to their arrival."""
    at = {line.delivery: line.at for line in rig.sink.lines()}
    acked = rig.client.acked
    chosen = [id for id in acked.posted if id[1:].isdigit() and int(id[1:]) >= first]
    return [at[one] - acked.posted[id] for id in chosen for one in acked.deliveries[id] if one in at]


LINKS = {
    "latency 2 s": Fault(latency_s=2),
    "drip": Fault(drip_s=0.02),
    "reset of requests": Fault(resets_requests=0.3),
    "reset after the body": Fault(drops_replies=0.3),
    "half a reply": Fault(cuts_replies=0.3),
    "half-close": Fault(half_closes=0.3),
    "half a request": Fault(cuts_requests=0.3),
    "blackhole": Fault(swallows=0.2),
}
"""On the way to the sink."""
LEDGER_LINKS = {
    "ledger: latency": Fault(latency_s=0.05),
    "ledger: resets": Fault(resets_requests=0.02, drops_replies=0.01),
    "ledger: half replies": Fault(cuts_replies=0.02),
}
"""On the way to the ledger's server; each process has its connections there."""
MAY_REPEAT = ("reset after the body", "half a reply", "half-close", "latency 2 s", "drip")
"""The receiver may have taken the message although the worker heard nothing of it."""


def broken_links(scale: float, seed: int) -> Result:
    """R12: eight faults between worker and receiver, and three between the gateway and its ledger."""
    whole = Result()
    for kind in {**LINKS, **LEDGER_LINKS}:
        if scale < 0.05 and kind not in ("half a reply", "ledger: resets"):
            continue  # the short form
        one = _over(kind, max(15, int(300 * scale)), seed)
        whole.figures[kind] = {name: one.figures[name] for name in ("deliveries", "lost", "duplicates", "dead", "hits")}
        whole.broken += [f"{kind}: {line}" for line in one.broken]
    return whole


def broken_links_without_retry(scale: float, seed: int) -> Result:
    """The control of R12: each message is tried once."""
    return _over("half a reply", 30, seed, place="retry: never")


def _over(kind: str, events: int, seed: int, place: str = "") -> Result:
    is_ledger = kind in LEDGER_LINKS
    with Proxy(seed) as proxy:
        with Rig(before_server=proxy) if is_ledger else Rig(before_sink=proxy, place=place) as rig:
            proxy.fault = {**LINKS, **LEDGER_LINKS}[kind]
            rig.client.post_all(events, 50)
            time.sleep(5)
            proxy.fault = Fault()  # what the network did for a while
            result = rig.judge(most_twice=None if is_ledger or kind in MAY_REPEAT else 0)
        result.figures["hits"] = proxy.hits
    result.expect(result.figures["dead"] == 0, f"{result.figures['dead']} are dead letters")
    return result
