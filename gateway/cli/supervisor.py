"""Child processes: started so that none outlives us, restarted when they die, stopped in order."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Protocol, Self

from gateway.cli.fork import STOP_SIGNALS, die_with

FIRST_WAIT_S = 0.2
MAX_WAIT_S = 10.0
LIVED_WELL_S = 10.0
"""A child that lived so long starts again after the first wait."""


class Killed(Exception):
    """A second signal came while the children were stopping: they were killed."""


class Process(Protocol):
    """What runs: a `subprocess.Popen`, or a copy of this process."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...

    def wait(self) -> int | None: ...


@dataclass
class Child:
    """A process that should run. *stop_by_s*: seconds after the stop began when it is killed at the latest."""

    name: str
    launch: Callable[[], Process]
    """Starts it, in a process group of its own."""
    stop_by_s: float
    process: Process | None = None
    wait_s: float = FIRST_WAIT_S
    started: float = 0.0
    due: float | None = field(default=None)
    """When it starts (again), on the monotonic clock; None while it runs."""

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.process = self.launch()
        self.started, self.due = time.monotonic(), None

    def send(self, number: signal.Signals) -> None:
        """Signals the child; SIGKILL takes its own children too."""
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
        process_group=0,  # a Ctrl-C in the terminal reaches us only: we stop children in order
        preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - this process has no threads
    )


class Supervisor:
    """Keeps children running between `with` and `stop`. The process must have one thread only.

    *say* gets a line for people when a child dies.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self.should_stop = False
        self._stopping = False

    def __enter__(self) -> Self:
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes us
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
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

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        if self._stopping:
            raise Killed
        self.should_stop = True

    def start(self, child: Child) -> None:
        """Starts *child* and keeps it running."""
        self._children.append(child)
        child.start()

    def run(self, until: Callable[[], bool] = lambda: False, look_every_s: float = 3600.0) -> bool:
        """Restarts what dies until a signal says stop or *until*, asked every so often, is true: whether it is."""
        while not self.should_stop:
            if until():
                return True
            self._restart()
            wakes = [child.due for child in self._children if child.due is not None]
            self._sleep(min([look_every_s, *(due - time.monotonic() for due in wakes)]))
        return False

    def _restart(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.due is not None and now >= child.due:
                child.start()
            elif child.due is None and not child.is_running:
                if now - child.started >= LIVED_WELL_S:
                    child.wait_s = FIRST_WAIT_S
                child.due = now + child.wait_s
                self._say(f"{child.name} {_how_it_ended(child)}; it starts again in {child.wait_s:g} s")
                child.wait_s = min(MAX_WAIT_S, child.wait_s * 2)

    def stop(self) -> None:
        """Stops the children in the order of their deadlines, those of the same deadline together.

        Raises: Killed when another signal comes meanwhile.
        """
        self._stopping = True
        began = time.monotonic()
        deadlines = sorted({child.stop_by_s for child in self._children})
        for stop_by_s in deadlines:
            batch = [child for child in self._children if child.stop_by_s == stop_by_s and child.is_running]
            for child in batch:
                child.send(signal.SIGTERM)
            self._await_end(batch, began + stop_by_s)

    def _await_end(self, batch: Iterable[Child], deadline: float) -> None:
        left = [child for child in batch if child.is_running]
        while left and time.monotonic() < deadline:
            self._sleep(min(0.5, max(0.0, deadline - time.monotonic())))
            left = [child for child in left if child.is_running]
        for child in left:
            self._say(f"{child.name} did not stop in time and is killed")
            child.send(signal.SIGKILL)
            if child.process:
                child.process.wait()

    def _sleep(self, most_s: float) -> None:
        """Until a signal comes, at most *most_s*."""
        if select.select([self._wake_read], [], [], max(0.0, most_s))[0]:
            with suppress(BlockingIOError):
                os.read(self._wake_read, 512)


def _how_it_ended(child: Child) -> str:
    code = child.process.returncode if child.process else 0
    if code is not None and code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (exit code {code})"
