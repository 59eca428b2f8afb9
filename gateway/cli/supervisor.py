"""Keeps child processes running: they die with this process, are restarted when they die, and are stopped in order."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Protocol, Self

from gateway.cli.fork import STOP_SIGNALS, die_with

FIRST_WAIT_S = 0.2
MAX_WAIT_S = 10.0
STABLE_AFTER_S = 10.0
"""A child that ran at least this long is restarted after the first, short wait again."""


class Killed(Exception):
    """A second signal came while the children were being stopped; they were killed."""


class Process(Protocol):
    """A running child: a `subprocess.Popen` or a `Fork`."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...

    def wait(self) -> int | None: ...


@dataclass
class Child:
    """A process that should run. It is killed if it is still running *stop_by_s* seconds after the stop began."""

    name: str
    launch: Callable[[], Process]
    """Starts the process, in its own process group."""
    stop_by_s: float
    process: Process | None = None
    wait_s: float = FIRST_WAIT_S
    started: float = 0.0
    due: float | None = field(default=None)
    """When it starts or is restarted, on the monotonic clock; None while it runs."""

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.process = self.launch()
        self.started, self.due = time.monotonic(), None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the child. SIGKILL is sent to its whole process group."""
        if self.process is None or self.process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                os.kill(self.process.pid, number)


def program(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts another program that dies with this one."""
    return subprocess.Popen(
        command,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C in the terminal must reach only this process, which stops its children in order
        preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - this process has no threads
    )


class Supervisor:
    """Keeps children running from `start` to `stop`. This process must have a single thread.

    The main loop sleeps in `select` on a pipe. Every signal, including the end of a child, writes a byte into the pipe
    (`signal.set_wakeup_fd`). So nothing is polled, and no signal can be lost between a test and the sleep.

    *say* is called with a line for people when a child dies.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self.should_stop = False
        self._stopping = False

    def __enter__(self) -> Self:
        def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
            if self._stopping:
                raise Killed
            self.should_stop = True

        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler, the signal would not wake the select
        for number in STOP_SIGNALS:
            signal.signal(number, on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            if child.is_running:
                child.send(signal.SIGKILL)
                if child.process:
                    child.process.wait()
        signal.set_wakeup_fd(-1)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def start(self, child: Child) -> None:
        """Starts *child* and keeps it running."""
        self._children.append(child)
        child.start()

    def running(self) -> list[int]:
        """The process ids of the children that run."""
        return [child.process.pid for child in self._children if child.process and child.is_running]

    def kill(self, pid: int, reason: str) -> None:
        """Kills a child, which is restarted like any other that dies."""
        for child in self._children:
            if child.process and child.process.pid == pid:
                self._say(f"{child.name} {reason}, so it is killed")
                child.send(signal.SIGKILL)

    def run(self, until: Callable[[], bool] = lambda: False, poll_every_s: float = 3600.0) -> bool:
        """Restarts children that die. Returns False when a signal asks to stop, and True when *until*, which is called
        every *poll_every_s*, returns true."""
        while not self.should_stop:
            if until():
                return True
            now = time.monotonic()
            for child in self._children:
                # `due` is set from the end of a child until it starts again.
                if child.due is not None and now >= child.due:
                    try:
                        child.start()
                    except OSError as exc:  # such as: the system has no room for another process now, which may pass
                        self._start_later(child, now, f"could not be started ({exc.strerror or exc})")
                elif child.due is None and not child.is_running:
                    if now - child.started >= STABLE_AFTER_S:
                        child.wait_s = FIRST_WAIT_S
                    self._start_later(child, now, _describe_end(child))
            wakes = [child.due for child in self._children if child.due is not None]
            self._sleep(min([poll_every_s, *(due - time.monotonic() for due in wakes)]))
        return False

    def _start_later(self, child: Child, now: float, why: str) -> None:
        child.due = now + child.wait_s
        self._say(f"{child.name} {why}; it starts again in {child.wait_s:g} s")
        child.wait_s = min(MAX_WAIT_S, child.wait_s * 2)

    def stop(self) -> None:
        """Stops the children in the order of their deadlines; those with the same deadline are stopped together.

        Raises: Killed when another signal comes before they have stopped.
        """
        self._stopping = True
        began = time.monotonic()
        deadlines = sorted({child.stop_by_s for child in self._children})
        for stop_by_s in deadlines:
            batch = [child for child in self._children if child.stop_by_s == stop_by_s and child.is_running]
            for child in batch:
                child.send(signal.SIGTERM)
            while any(child.is_running for child in batch) and time.monotonic() - began < stop_by_s:
                self._sleep(min(0.5, began + stop_by_s - time.monotonic()))
            for child in batch:
                if child.is_running:
                    self._say(f"{child.name} did not stop in time and is killed")
                    child.send(signal.SIGKILL)
                    if child.process:
                        child.process.wait()

    def _sleep(self, max_s: float) -> None:
        """Sleeps until a signal comes, *max_s* seconds at most."""
        if select.select([self._wake_read], [], [], max(0.0, max_s))[0]:
            with suppress(BlockingIOError):
                os.read(self._wake_read, 512)


def _describe_end(child: Child) -> str:
    code = child.process.returncode if child.process else 0
    if code is not None and code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (exit code {code})"
