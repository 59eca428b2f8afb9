"""A whole gateway, run as a person runs it: `gateway up` in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from tests.support import warm
from tests.support.warm import ROOT as ROOT

START_WITHIN_S = 300
STOP_WITHIN_S = 180

CATALOG = """
version: 1
categories: {ticket: {title: Ticket}}
events:
  ticket.created:
    category: ticket
    title: Ticket created
    severity: info
    subject: number
    people: {}
    data: {type: object, required: [number], properties: {number: {type: integer, description: Which one.}}}
    message: {title: "Ticket {{ number }}", body: "It was created."}
    example: {number: 1}
    notifications:
      any: {title: It was created}
"""
ROUTES = """
channels: {service-desk: {service: inbox}}
routes: [{name: all, notify: [ticket.created.any], to: [service-desk]}]
"""


def small_config(folder: Path) -> Path:
    """A new configuration in *folder*, of one type and one channel; the shipped one takes a second to load."""
    config = folder / "small-config"
    (config / "routes").mkdir(parents=True)
    (config / "catalog.yaml").write_text(CATALOG)
    (config / "routes" / "routes.yaml").write_text(ROUTES)
    return config


def environ_without_gateway() -> dict[str, str]:
    """Our environment, without anything that would set up a gateway."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "REDIS_URL"))}


def run(*words: str | Path, cwd: Path = ROOT, environ: Mapping[str, str] | None = None, input: str = "") -> Any:
    """A command of the gateway, to its end: the completed process with `returncode`, `stdout`, `stderr`."""
    environ = {**environ_without_gateway(), "PYTHONPATH": str(ROOT), **(environ or {})}
    return warm.run("gateway", *map(str, words), cwd=cwd, environ=environ, timeout=240, input=input)


class Gateway:
    """`gateway up` on a free port and a data folder."""

    def __init__(
        self,
        data: Path,
        *flags: str,
        config: Path | None = None,
        environ: Mapping[str, str] | None = None,
        root: Path = ROOT,
        is_cold: bool = False,
    ) -> None:
        """*is_cold*: its process starts by itself, as that of a user, and is no fork (`tests/support/warm.py`)."""
        self.data = data
        self.root = root
        self.python = sys.executable
        self.environ = {**environ_without_gateway(), "PYTHONPATH": str(root), **(environ or {})}
        self.environ["GATEWAY_DATA"] = str(data)
        if config is not None:
            self.environ["GATEWAY_CONFIG"] = str(config)
        if is_cold:
            self.environ["COLD_STARTS"] = "1"
        self._flags = flags
        self.log = data.with_suffix(".log")

    def start(self) -> Gateway:
        """Starts it and waits until it takes events; one that does not is stopped again."""
        self.launch()
        try:
            self._await_address(time.time())
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def _await_address(self, began: float) -> None:
        address = self.data / "address"
        while not (address.exists() and address.stat().st_mtime >= began - 1):
            assert self.process.poll() is None, self.log.read_text()
            assert time.time() - began < START_WITHIN_S, self.log.read_text()
            time.sleep(0.02)
        self.url = address.read_text().strip()
        self.token = (self.data / "token").read_text().strip()

    def launch(self) -> None:
        """Starts it."""
        words = ("up", "--bind", "127.0.0.1:0", *self._flags)
        self.process = warm.start("gateway", *words, cwd=self.root, environ=self.environ, log=self.log)

    def run(self, *words: str | Path, input: str = "") -> Any:
        """A command beside it."""
        return run(*words, cwd=self.root, environ=self.environ, input=input)

    def json(self, *words: str | Path) -> Any:
        done = self.run(*words, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def family(self) -> list[psutil.Process]:
        """The processes below it, those of the web server as well."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        """The one child whose command line ends with *words* or begins with the program of this name."""
        return next(one for one in self.family() if words_of(one)[-len(words) :] == list(words))

    def stop(self) -> int:
        """Its exit code after SIGTERM."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(STOP_WITHIN_S)


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; that of a process that has named itself is one text with blanks."""
    return " ".join(process.cmdline()).split()


def await_end(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those of *processes* that still run after a few seconds; a zombie does not."""
    psutil.wait_procs(processes, timeout=0.1)
    deadline = time.monotonic() + 20
    left = processes
    while left and time.monotonic() < deadline:
        left = [process for process in left if _is_alive(process)]
        time.sleep(0.02)
    return left


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(is_so: Any, within_s: float = 90) -> bool:
    """Whether *is_so* becomes true."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return bool(is_so())
