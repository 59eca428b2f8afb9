"""Copies of this process: what they begin with, and how they end."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from gateway.cli.fork import Fork


def leave(code: object) -> Callable[[], None]:
    def work() -> None:
        sys.exit(code)  # type: ignore[arg-type] # any object: Python prints it and ends with 1

    return work


def fail() -> None:
    raise ValueError("a defect")


@pytest.mark.parametrize(
    ("work", "code"),
    [
        pytest.param(lambda: None, 0, id="done"),
        pytest.param(leave(3), 3, id="3"),
        pytest.param(leave(None), 0, id="None"),
        pytest.param(leave("said why"), 1, id="a text"),
        pytest.param(fail, 1, id="a defect"),
        pytest.param(lambda: os.kill(os.getpid(), signal.SIGKILL), -9, id="killed"),
    ],
)
def test_a_copy_ends_with_its_code(work: Callable[[], None], code: int) -> None:
    fork = Fork("copy", work, {})

    assert fork.wait() == code
    assert fork.poll() == fork.returncode == code


def test_a_copy_has_its_own_environment_and_none_of_our_files(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def is_open(descriptor: int) -> bool:
        try:
            os.fstat(descriptor)
        except OSError:
            return False
        return True

    with (tmp_path / "ours").open("w") as ours:

        def tell() -> None:
            found = {"environ": dict(os.environ), "has_ours": is_open(ours.fileno()), "group": os.getpgid(0)}
            told.write_text(json.dumps(found))

        fork = Fork("copy", tell, {"ONLY": "this"})
        assert fork.wait() == 0

    assert json.loads(told.read_text()) == {"environ": {"ONLY": "this"}, "has_ours": False, "group": fork.pid}


def test_a_copy_whose_output_nobody_reads_any_more_never_returns_to_our_code() -> None:
    own = os.getpid()

    def write() -> None:
        reader, writer = os.pipe()
        os.close(reader)
        sys.stdout = os.fdopen(writer, "w")
        sys.stdout.write("stays in the buffer until the end")

    try:
        fork = Fork("copy", write, {})
    finally:
        if os.getpid() != own:
            os._exit(99)

    assert fork.wait() == 0


def test_a_fork_that_fails_leaves_no_signal_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "no room for a process")

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(BlockingIOError):
        Fork("copy", lambda: None, {})

    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_before_the_work_has_handlers_ends_it_as_cleanly(number: signal.Signals) -> None:
    fork = Fork("copy", lambda: time.sleep(30), {})
    os.kill(fork.pid, number)

    assert fork.wait() == 0


def test_a_copy_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(next(iter(os.environ)), "moves away from where the title is written")
    fork = Fork("gateway worker --name worker-7", lambda: time.sleep(30), {})
    name = ""
    while not name.startswith("gateway worker"):
        with contextlib.suppress(psutil.ZombieProcess):  # what it says of a process whose name is just being written
            name = "".join(psutil.Process(fork.pid).cmdline())
    os.kill(fork.pid, signal.SIGKILL)

    assert (name.rstrip("\0"), fork.wait()) == ("gateway worker --name worker-7", -9)
