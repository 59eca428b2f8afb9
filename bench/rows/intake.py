"""How many events the web server takes when nobody delivers: single ones, and arrays of 100."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from load import Sent, percentile
from systems.base import Load as LoadOf
from systems.base import Request, Run, post_json, run_load
from systems.gateway import COMMAND, TOKEN, event_document, own_environment

from rows.base import ENVIRON, ROUTES, Figure, server, write_config

EVENTS = 20_000
RATE = 500.0
OF_ARRAY = 100
LIMIT_S = 120.0


@contextmanager
def web_server(configuration: Mapping[str, Any] = ROUTES) -> Iterator[Run]:
    """`gateway serve` over a server of its own: events are stored, and wait."""
    with server() as embedded, tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        run = Run(folder, [], None, cores=os.cpu_count() or 1)
        flags = ["--config", write_config(folder / "config", configuration), "serve", "--bind", f"127.0.0.1:{run.port}"]
        environment = {**own_environment(), **ENVIRON, "REDIS_URL": embedded.url, "GATEWAY_DATA": str(folder)}
        run.spawn("serve", shlex.split(shlex.join([*COMMAND, *map(str, flags)])), env=environment)
        try:
            run.await_http("/readyz")
            yield run
        finally:
            run.stop()


def single(divisor: int) -> Sequence[Figure]:
    count = EVENTS // divisor
    with web_server() as run:
        post(run, singles("warm", 500), None)
        sent = post(run, singles("evt", count), None)
        paced = post(run, singles("paced", max(100, int(RATE * 20) // divisor)), RATE)
    return [
        Figure("single events, 16 connections", _rate(sent), "accepted/s"),
        Figure(f"p50 at {RATE:.0f}/s", latency_ms(paced, 0.5), "ms"),
        Figure(f"p99 at {RATE:.0f}/s", latency_ms(paced, 0.99), "ms"),
    ]


def arrays(divisor: int) -> Sequence[Figure]:
    count = max(20, 5 * EVENTS // OF_ARRAY // divisor)
    with web_server() as run:
        post(run, _arrays("warm", 5), None)
        sent = post(run, _arrays("evt", count), None)
    return [Figure(f"arrays of {OF_ARRAY}", _rate(sent) * OF_ARRAY, "accepted/s")]


def singles(prefix: str, count: int) -> dict[str, Request]:
    return {
        f"{prefix}-{number}": post_json("/v1/events", event_document(f"{prefix}-{number}"), **_authorized())
        for number in range(count)
    }


def _arrays(prefix: str, count: int) -> dict[str, Request]:
    return {
        f"{prefix}-{number}": post_json(
            "/v1/events", [event_document(f"{prefix}-{number}-{place}") for place in range(OF_ARRAY)], **_authorized()
        )
        for number in range(count)
    }


def _authorized() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


def post(run: Run, requests: dict[str, Request], rate: float | None) -> list[Sent]:
    """Raises: AssertionError when one was not accepted."""
    out = run.folder / "load.json"
    run_load(LoadOf(list(requests), 16, rate, out, LIMIT_S), requests, run.port)
    sent = [Sent(**row) for row in json.loads(out.read_text())["sent"]]
    assert all(one.status == 202 for one in sent), {one.status for one in sent}
    return sent


def _rate(sent: Sequence[Sent]) -> float:
    took_ns = max(one.done_ns for one in sent) - min(one.sent_ns for one in sent)
    return len(sent) / took_ns * 1e9


def latency_ms(sent: Sequence[Sent], share: float) -> float:
    return percentile(sorted((one.done_ns - one.due_ns) / 1e6 for one in sent), share)
