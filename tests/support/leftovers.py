"""The folder for temporary folders of tests, and the processes and files that a run has left behind."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

from tests.support.gateways import await_end

RESOURCE_TRACKER = "multiprocessing.resource_tracker"
"""A process of Python's own, which `multiprocessing` starts once and which ends with the process that it serves."""
MAX_SOCKET_FOLDER = 40
"""Characters; a socket's path may have about a hundred, and tests put folders between."""


def session_folder() -> Path:
    """A new folder for everything temporary of this session; its path is short, whatever TMPDIR says."""
    root = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="ngwt", dir=root if len(root) <= MAX_SOCKET_FOLDER else "/tmp"))


def use_folder(folder: Path) -> None:
    """Makes *folder* the temporary folder of this process and of those that it starts."""
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)


def processes_left(*folders: Path) -> list[str]:
    """The command lines of processes that we started, or that work in one of *folders*, and that still run."""
    own = psutil.Process()
    spared = {own.pid, *(parent.pid for parent in own.parents())}
    suspects = {process.pid: process for process in own.children(recursive=True)}
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.pid not in spared and any(str(folder) in words for folder in folders):
            suspects[process.pid] = process
    remaining = [process for process in await_end(list(suspects.values())) if process.is_running()]
    commands = [" ".join(process.cmdline()) for process in remaining]
    return [command for command in commands if RESOURCE_TRACKER not in command]
