"""`make run`: the first thing that a new user sees."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.gateways import ROOT, await_end, environ_without_gateway, eventually


def first_run(data: Path, stdout: int | None = None, **environ: str) -> tuple[subprocess.Popen[bytes], Path]:
    """`make run` in a process group of its own, as a shell starts it, and the file of its output.

    With *stdout*, only its errors go into the file.
    """
    output = data.with_suffix(".out")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tools" / "first_run.py")],
            cwd=ROOT,
            env={**environ_without_gateway(), "GATEWAY_DATA": str(data), "PYTHONPATH": str(ROOT), **environ},
            stdin=subprocess.DEVNULL,
            stdout=file if stdout is None else stdout,
            stderr=file,
            process_group=0,
        )
    return process, output


def test_a_taken_port_is_passed_over_and_the_suggestions_work_as_printed(tmp_path: Path) -> None:
    data = tmp_path / "my data"
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process, output = first_run(data, GATEWAY_BIND=f"127.0.0.1:{port}")
        try:
            assert eventually(lambda: "Ctrl-C stops the gateway." in output.read_text(), within_s=180)
            printed = output.read_text()
            assert f"port {port} is taken, so this gateway listens on port" in printed
            assert "accepted" in printed
            suggestions = [line.split("    ")[0].strip() for line in printed.splitlines() if "--data" in line]
            explain = next(line for line in suggestions if " explain " in line)
            done = subprocess.run(shlex.split(explain), cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            assert "route" in done.stdout
        finally:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) == 0
    assert not (data / "address").exists()


@pytest.mark.parametrize("sign", ["token", "address"])
def test_ctrl_c_in_the_middle_stops_everything_in_order(tmp_path: Path, sign: str) -> None:
    data = tmp_path / "data"
    process, output = first_run(data, GATEWAY_BIND="127.0.0.1:0")
    assert eventually((data / sign).exists)
    family = psutil.Process(process.pid).children(recursive=True)

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(120) == 0, output.read_text()
    assert await_end(family) == []
    assert "Traceback" not in output.read_text()


def test_nothing_goes_on_when_nobody_reads_the_output_any_more(tmp_path: Path) -> None:
    """As in `make run | head`."""
    reader, writer = os.pipe()
    process, _ = first_run(tmp_path / "data", stdout=writer, GATEWAY_BIND="127.0.0.1:0")
    os.close(writer)
    assert eventually((tmp_path / "data" / "address").exists, within_s=120)
    family = psutil.Process(process.pid).children(recursive=True)
    os.close(reader)
    assert process.wait(120) == 0
    assert await_end(family) == []
