"""The embedded server knows how much memory it may use, and gives back what it needs no more."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from gateway import embedded
from gateway.embedded import EmbeddedServer
from gateway.store import admission
from gateway.store.admission import AdmissionControl
from gateway.store.client import connect
from gateway.store.ledger import Ledger
from gateway.store.memory_return import give_memory_back
from gateway.store.server_check import ServerReport
from tests.conftest import Server
from tests.integration.store.test_ledger import settings
from tests.support.gateways import eventually

MIB = 2**20


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    """An embedded server in a container of 512 MiB."""
    monkeypatch.setattr(embedded, "memory_limit", lambda: 512 * MIB)
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    server = EmbeddedServer(folder, "relaxed")
    process = subprocess.Popen(server.command(), env=server.environ())
    assert eventually(lambda: server.state() == "ready")
    yield server
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder)


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[redis.Redis]:
    client = connect(server.url, timeout_s=10)
    yield client
    client.close()


def test_the_embedded_server_may_use_half_of_the_container(client: redis.Redis) -> None:
    assert client.config_get("maxmemory") == {"maxmemory": str(256 * MIB)}


def test_what_was_freed_is_given_back_to_the_system(client: redis.Redis) -> None:
    process = psutil.Process(int(client.info("server")["process_id"]))
    assert not give_memory_back(client), "there is nothing to give back"
    for first in range(0, 40_000, 1000):
        with client.pipeline(transaction=False) as pipe:
            for number in range(first, first + 1000):
                pipe.hset(f"event:{number}", mapping={"document": "d" * 700, "answer": "a" * 100, "state": "waiting"})
            pipe.execute()
    full = process.memory_info().rss
    assert not give_memory_back(client), "all of it is in use"
    for first in range(0, 40_000, 1000):
        client.unlink(*(f"event:{number}" for number in range(first, first + 1000)))

    assert eventually(lambda: give_memory_back(client), 5)  # the server looks ten times a second what is resident

    assert eventually(lambda: process.memory_info().rss < full / 2, 5)


def test_scripts_are_known_again_afterwards(client: redis.Redis) -> None:
    ledger = Ledger(client, settings())
    assert ledger.reap() == []
    client.script_flush("SYNC")
    assert ledger.reap() == []


@pytest.mark.parametrize(
    ("used", "resident", "share"),
    [(10, 20, 0.2), (10, 50, 0.1), (60, 90, 0.9)],
    ids=["what is resident", "most of it is free, and used again first", "it takes more than its data"],
)
def test_what_is_resident_counts_unless_most_of_it_is_free(
    own_server: Server, monkeypatch: pytest.MonkeyPatch, used: int, resident: int, share: float
) -> None:
    info = {"used_memory": used, "used_memory_rss": resident, "total_system_memory": 1000}
    monkeypatch.setattr(admission, "check_server", lambda *_, **__: ServerReport(info, (), has_format=True))
    monkeypatch.setattr(admission, "memory_limit", lambda: 100)
    control = AdmissionControl(connect(own_server.url, timeout_s=2), settings(redis_url=own_server.url))
    assert control.measure().memory_share == pytest.approx(share)
