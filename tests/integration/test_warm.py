"""A program that starts warm, as a fork, does what it does as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.gateways import eventually, run, small_config


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--version",), 0), (("sned",), 2), (("check",), 0), (("--config", "missing", "check"), 2)],
    ids=["an answer", "wrong usage", "the folder and the environment", "an error"],
)
def test_it_prints_and_returns_the_same(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    environ = {"GATEWAY_CONFIG": str(small_config(tmp_path))}

    forked, alone = (run(*words, cwd=tmp_path, environ={**environ, **cold}) for cold in ({}, {"COLD_STARTS": "1"}))

    assert (forked.returncode, forked.stdout, forked.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    assert forked.returncode == code


def test_it_reads_standard_input(tmp_path: Path) -> None:
    environ = {"GATEWAY_URL": "http://127.0.0.1:9", "GATEWAY_TOKEN": "t"}
    done = run("send", "ticket.created", "--data", "-", cwd=tmp_path, environ=environ, input="not json")

    assert (done.returncode, "standard input is not JSON" in done.stderr) == (2, True)


def test_one_that_is_killed_says_by_which_signal(tmp_path: Path) -> None:
    environ = {**os.environ, "GATEWAY_DATA": str(tmp_path / "data"), "GATEWAY_CONFIG": str(small_config(tmp_path))}
    words = ("gateway", "up", "--bind", "127.0.0.1:0")
    program = warm.start(*words, cwd=tmp_path, environ=environ, log=tmp_path / "log")
    assert eventually((tmp_path / "data" / "address").exists)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0)

    program.kill()

    assert program.wait(30) == program.poll() == -signal.SIGKILL


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONUTF8", "TZ", "COLD_STARTS"])
def test_what_only_a_new_process_reads_starts_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLD_STARTS", raising=False)
    assert warm.may_be_warm(os.environ)
    assert not warm.may_be_warm({**os.environ, name: "x"})
