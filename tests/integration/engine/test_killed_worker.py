"""1,000 events while a worker is killed again and again: all delivered, none twice but what was in flight."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.intake.accept import accept
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings
from gateway.store.views import Views
from tests.conftest import Server

EVENTS = 1_000
KILLS = 5
THREADS = 16
WORKERS = 2
SINK_DELAY_S = 0.02


class Sink:
    """A receiver that counts the events it hears of, by the id in the message."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(SINK_DELAY_S)
                with sink._lock:
                    sink.heard[body["title"].split()[-1]] += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/"


CATALOG = """
version: 1
categories: {test: {title: Test}}
events:
  test.happened:
    category: test
    title: Something happened
    severity: info
    subject: number
    people: {}
    data: {type: object, required: [number], properties: {number: {type: integer, description: Which one.}}}
    message: {title: "Event {{ number }}", body: "It happened."}
    example: {number: 1}
    notifications:
      any: {title: It happened}
"""

ROUTES = """
channels: {sink: {url: {env: SINK_URL}}}
routes: [{name: all, notify: [test.happened.any], to: [sink]}]
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.server.shutdown()
    sink.server.server_close()


@pytest.fixture
def environ(tmp_path: Path, sink: Sink, own_server: Server) -> dict[str, str]:
    (tmp_path / "routes").mkdir()
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "routes" / "test.yaml").write_text(ROUTES)
    return {
        **os.environ,
        "GATEWAY_CONFIG": str(tmp_path),
        "GATEWAY_DATA": str(tmp_path / "data"),
        "GATEWAY_LEASE": "3s",
        "GATEWAY_ATTEMPT_TIMEOUT": "1s",
        "GATEWAY_THREADS": str(THREADS),
        "SINK_URL": sink.url,
        "REDIS_URL": own_server.url,
    }


def start(command: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "gateway", command], env=environ)


def post(runtime: Runtime, first: int, count: int) -> None:
    source = runtime.config.current().sources["local"]
    documents = [{"type": "test.happened", "id": f"e{n}", "data": {"number": n}} for n in range(first, first + count)]
    answers = accept(runtime, source, documents, None, datetime.now(UTC), is_array=True)
    assert {answer.status for answer in answers} == {202}


def test_nothing_is_lost_when_workers_are_killed(
    environ: dict[str, str], sink: Sink, own_server: Server, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("ngw_test_token")
    seed = random.randrange(10_000)
    chance = random.Random(seed)
    dispatcher = start("dispatch", environ)
    workers = [start("worker", environ) for _ in range(WORKERS)]
    runtime = open_runtime(Settings.from_environ(environ), environ)
    try:
        kills = 0
        for batch in range(0, EVENTS, 50):
            post(runtime, batch, 50)
            time.sleep(0.05)
            if batch % (EVENTS // KILLS) == EVENTS // KILLS - 50:
                victim = chance.randrange(WORKERS)
                time.sleep(0.3)
                workers[victim].send_signal(signal.SIGKILL)
                workers[victim].wait()
                workers[victim] = start("worker", environ)
                kills += 1
        assert kills == KILLS
        await_end(own_server.url)
        rows = Views(runtime.ledger.client).deliveries(limit=EVENTS + 1)
        assert Counter(row["state"] for row in rows) == {"delivered": EVENTS}, f"seed {seed}"
        lost = EVENTS - len(sink.heard)
        twice = sum(count - 1 for count in sink.heard.values())
        assert lost == 0, f"seed {seed}"
        assert twice <= KILLS * THREADS, f"more than what was in flight was sent twice, seed {seed}"
    finally:
        for process in [*workers, dispatcher]:
            process.terminate()
        for process in [*workers, dispatcher]:
            assert process.wait(25) == 0
        runtime.close()


def await_end(url: str) -> None:
    """Returns when no delivery waits or is leased; fails after a minute."""
    deadline = time.monotonic() + 60
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < deadline:
            if not client.exists("{ngw}:due:channel/sink", "{ngw}:leases"):
                return
            time.sleep(0.1)
    raise AssertionError("deliveries are still waiting after a minute")
