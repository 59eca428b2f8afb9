"""Starts programs quickly, as forks of a process that has already imported the gateway.

A start of the gateway takes two seconds of CPU, mostly for imports and the plugins of Apprise, and the tests start it
more than a hundred times. `gateway up` itself forks its processes for the same reason.

With `COLD_STARTS=1` in the environment of the tests or of a program, the program starts in the usual way.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Client
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOCKET = "TEST_WARM_SOCKET"
"""Variable with the socket of the process that forks; programs that we start start theirs from it as well."""
READ_AT_START = ("PYTHON", "LD_", "LC_", "LANG", "TZ", "MALLOC_", "GLIBC_", "FAKETIME")
"""Beginnings of variables that the interpreter and the system's libraries read only when a process starts."""
START_WITHIN_S = 120
NOWHERE = Path(os.devnull)


@dataclass(frozen=True)
class Program:
    """`python -m MODULE WORDS` in the folder *cwd*. It reads a file, and appends what it prints to files."""

    module: str
    words: tuple[str, ...]
    cwd: str
    environ: Mapping[str, str]
    stdin: str
    stdout: str
    stderr: str


class Warm:
    """A program that was forked, with what the tests use of `subprocess.Popen`."""

    def __init__(self, program: Program) -> None:
        address = _address()
        self._connection = Client(address, "AF_UNIX")
        self._connection.send(replace(program, environ={**program.environ, SOCKET: address}))
        self.pid: int = self._connection.recv()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._poll(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._poll(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _poll(self, timeout: float | None) -> int | None:
        if self.returncode is None and self._connection.poll(timeout):
            self.returncode = self._connection.recv()
            self._connection.close()
        return self.returncode


Process = Warm | subprocess.Popen[bytes]


def start(module: str, *words: str, cwd: Path, environ: Mapping[str, str], log: Path = NOWHERE) -> Process:
    """Starts `python -m` *module* with *words*, by a fork where that makes no difference; *log* exists from now on."""
    with log.open("ab") as output:
        if may_be_warm(environ):
            return Warm(Program(module, words, str(cwd), environ, os.devnull, str(log), str(log)))
        command = [sys.executable, "-m", module, *words]
        return subprocess.Popen(command, cwd=cwd, env=environ, stdout=output, stderr=output)


def run(
    module: str, *words: str, cwd: Path, environ: Mapping[str, str], timeout: float, input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Likewise, to its end, with what it printed."""
    command = [sys.executable, "-m", module, *words]
    if not may_be_warm(environ):
        return subprocess.run(
            command, cwd=cwd, env=environ, input=input, capture_output=True, text=True, timeout=timeout, check=False
        )
    with tempfile.TemporaryDirectory(prefix="ngw") as folder:
        stdin, stdout, stderr = (Path(folder, name) for name in ("stdin", "stdout", "stderr"))
        stdin.write_text(input)
        program = Warm(Program(module, words, str(cwd), environ, str(stdin), str(stdout), str(stderr)))
        try:
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            raise
        return subprocess.CompletedProcess(command, code, stdout.read_text(), stderr.read_text())


def may_be_warm(environ: Mapping[str, str]) -> bool:
    """Whether a fork of a process with our environment is the same as a new process with *environ*."""
    ours = os.environ.get("PYTHONPATH", str(ROOT))
    if "COLD_STARTS" in {*os.environ, *environ} or environ.get("PYTHONPATH", ours) not in (ours, str(ROOT)):
        return False
    names = {name for name in {*environ, *os.environ} if name.startswith(READ_AT_START)} - {"PYTHONPATH"}
    return all(environ.get(name) == os.environ.get(name) for name in names)


_starting = threading.Lock()
_server: subprocess.Popen[bytes] | None = None


def _address() -> str:
    global _server
    with _starting:
        if SOCKET not in os.environ:
            socket = Path(tempfile.mkdtemp(prefix="ngw"), "warm")
            command = [sys.executable, "-m", "tests.support.warm_server", str(socket)]
            _server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            deadline = time.monotonic() + START_WITHIN_S
            while not socket.exists():
                assert _server.poll() is None, "the process that starts the others has ended"
                assert time.monotonic() < deadline, "the process that starts the others is not ready"
                time.sleep(0.02)
            os.environ[SOCKET] = str(socket)
            atexit.register(stop)
        return os.environ[SOCKET]


def stop() -> None:
    """Ends the process that forks, if we have started it, and all that it has started."""
    if _server is not None and _server.stdin is not None and _server.returncode is None:
        _server.stdin.close()
        _server.wait()
        shutil.rmtree(Path(os.environ.pop(SOCKET)).parent)
