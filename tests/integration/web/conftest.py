"""Real gateways over a real ledger: the API is tested over each lane that can carry it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.config.places.services import Services
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings
from tests.conftest import Server
from tests.support import gateway_folder, warm
from tests.support.http_client import HttpClient
from tests.support.wire import Gateway

ROOT = Path(__file__).parents[3]
STARTS_WITHIN_S = 120
LANES: dict[str, Sequence[str]] = {
    "granian": ["gateway", "serve", "--bind", "{address}"],
    "gunicorn": [
        *("gunicorn", "gateway.web:create_app()", "--bind", "{address}"),
        *("--threads", "16", "--no-control-socket", "--limit-request-field_size", "32768"),
    ],
}
"""The module and arguments of each server; the tests of the API run once over each."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return gateway_folder.write(tmp_path / "config")


@pytest.fixture
def open_on(folder: Path, tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Opens a runtime on the folder: (URL of the server, settings that differ from the default) -> Runtime."""
    opened = []

    def open_on_url(url: str, services: Services | None = None, **settings: Any) -> Runtime:
        chosen = Settings(config_folder=folder, data_folder=tmp_path / "data", redis_url=url, **settings)
        opened.append(open_runtime(chosen, {}, services))
        return opened[-1]

    yield open_on_url
    for runtime in opened:
        runtime.close()


@pytest.fixture
def runtime(open_on: Callable[..., Runtime], redis_url: str) -> Runtime:
    return open_on(redis_url)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A web server as a process of its own."""

    def __init__(self, redis_url: str, folder: Path, lane: str = "granian", **environ_of_test: str) -> None:
        self.folder, self.redis_url, self.lane = folder, redis_url, lane
        self.gateway = Gateway("127.0.0.1", free_port())
        command = [word.format(address=f"127.0.0.1:{self.gateway.port}") for word in LANES[lane]]
        environ = {
            **os.environ,
            "REDIS_URL": redis_url,
            "GATEWAY_CONFIG": str(folder),
            "GATEWAY_DATA": str(folder.parent / "data"),
            **environ_of_test,
        }
        self.log = folder.parent / f"{lane}.log"
        self.process = warm.start(*command, cwd=ROOT, environ=environ, log=self.log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            connection = HTTPConnection(self.gateway.host, self.gateway.port, timeout=2)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(self.log_text())
            time.sleep(0.05)

    def log_text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def served_over(lane: str, write: Callable[[Path], Path], **environ: str) -> Iterator[Served]:
    """A gateway of its own on the configuration that *write* puts into a folder; its log must hold no traceback."""
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    server = Server(folder)
    try:
        served = Served(server.url, write(folder / "config"), lane, **environ)
        yield served
        served.stop()
        log = served.log_text()
    finally:
        server.stop()
        shutil.rmtree(folder)
    assert "Traceback" not in log, log


@pytest.fixture(scope="session", params=LANES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A gateway for many tests, over each lane."""
    # Many tests show wrong tokens from one address; those of how this is slowed have gateways of their own.
    with served_over(request.param, gateway_folder.write, GATEWAY_FAILED_TOKENS="1000000") as served:
        yield served


@pytest.fixture
def gateway(served: Served) -> Gateway:
    return served.gateway


@pytest.fixture
def client(served: Served) -> HttpClient:
    """A client of a gateway whose ledger is empty."""
    with redis.Redis.from_url(served.redis_url) as connection:
        connection.flushall()
    return HttpClient(served.gateway.host, served.gateway.port)


@pytest.fixture
def ledger(served: Served, client: HttpClient) -> Iterator[Runtime]:
    """A runtime in the test's process, over the same ledger and configuration as the *client*'s gateway."""
    settings = Settings(
        config_folder=served.folder, data_folder=served.folder.parent / "data", redis_url=served.redis_url
    )
    opened = open_runtime(settings, {})
    yield opened
    opened.close()
