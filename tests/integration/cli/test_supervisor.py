"""The supervisor: what it does when the system does not let it start a child."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gateway.cli.fork import Fork
from gateway.cli.supervisor import Child, Process, Supervisor, program


def test_a_child_that_cannot_be_started_again_is_tried_later(tmp_path: Path) -> None:
    log = tmp_path / "log"
    launches: list[str] = []

    def launch() -> Process:
        launches.append("")
        if len(launches) == 2:
            raise BlockingIOError(errno.EAGAIN, "no room for a process")
        return program(["false"] if len(launches) == 1 else ["sleep", "60"], os.environ)

    def supervise() -> None:
        with log.open("w") as file, Supervisor(lambda line: print(line, file=file)) as supervisor:
            supervisor.start(Child("worker-1", launch, stop_by_s=1.0))
            supervisor.run(lambda: len(launches) == 3, poll_every_s=0.02)

    # In a process of its own, since a supervisor takes over the signals.
    assert Fork("supervisor", supervise, dict(os.environ)).wait() == 0
    assert log.read_text().splitlines() == [
        "worker-1 ended (exit code 1); it starts again in 0.2 s",
        "worker-1 could not be started (no room for a process); it starts again in 0.4 s",
    ]
