"""Many connections and large bodies: who is small is served beside them, and the memory comes back."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration.web.conftest import Served
from tests.support import gateway_folder
from tests.support.gateway_folder import ticket
from tests.support.gateways import eventually

MB = 1_000_000
IDLE = 6_000


@pytest.fixture
def fresh(redis_url: str, tmp_path: Path) -> Iterator[Served]:
    served = Served(redis_url, gateway_folder.write(tmp_path / "config"))
    yield served
    served.stop()
    assert "Traceback" not in served.log_text()


def memory(served: Served) -> int:
    """Bytes of its largest process."""
    process = psutil.Process(served.process.pid)
    return max(each.memory_info().rss for each in [process, *process.children(recursive=True)])


@pytest.mark.parametrize(
    ("make_data", "slug"),
    [
        (lambda: {f"k{number}": 0 for number in range(500_000)}, "too-complex"),
        (lambda: {"note": ",{" * 3_000_000}, "too-large"),  # what looks like half a million values, in a text
    ],
    ids=["keys", "text"],
)
def test_large_bodies_are_bounded_before_they_are_built_and_memory_comes_back(
    fresh: Served, make_data: Callable[[], dict[str, Any]], slug: str
) -> None:
    """Sixteen at once, of six megabytes: refused, or told to come again; nobody else is held up for long."""
    body = json.dumps([{"type": "ticket.created", "data": make_data()}]).encode()
    peak = 0
    with ThreadPoolExecutor(16) as pool:
        replies = [pool.submit(fresh.gateway.post, body) for _ in range(16)]
        slowest_s = 0.0
        while not all(reply.done() for reply in replies):
            began = time.monotonic()
            assert fresh.gateway.get("/healthz").status == 200
            slowest_s = max(slowest_s, time.monotonic() - began)
            peak = max(peak, memory(fresh))
            time.sleep(0.02)
    answered = [reply.result() for reply in replies if reply.exception() is None]
    assert {reply.status for reply in answered} <= {207, 400, 429, 503}
    assert any(slug in reply.body.decode() for reply in answered)
    assert all(int(reply.headers["retry-after"]) > 0 for reply in answered if reply.status in (429, 503))
    assert fresh.gateway.post(ticket()).status == 202
    assert peak < 200 * MB
    assert eventually(lambda: memory(fresh) < 140 * MB), memory(fresh)


def test_a_large_body_within_the_limits_is_taken(fresh: Served) -> None:
    events = [ticket(number, id=str(number), subject="x") for number in range(1000)]
    for event in events:
        event["data"]["note"] = "y" * 5000
    reply = fresh.gateway.post(events)
    assert (reply.status, reply.json["accepted"]) == (202, 1000)


def test_idle_connections_do_not_delay_a_new_client(fresh: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < IDLE + 2000:
        pytest.skip(f"the system allows {hard} open files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + 1000), hard))
    idle: list[socket.socket] = []
    try:
        idle.extend(socket.create_connection((fresh.gateway.host, fresh.gateway.port)) for _ in range(IDLE))
        with socket.create_connection((fresh.gateway.host, fresh.gateway.port), timeout=5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200", "well before the idle ones are closed, after 10 s"
    finally:
        for each in idle:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
