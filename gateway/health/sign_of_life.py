"""The sign of life of this process. The loop that does its work reports it, so that a loop that hangs reports none."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway import __version__
from gateway.config.reload import LiveConfig
from gateway.errors import StoreUnavailable
from gateway.store.processes import Kind, Processes, ProcessFacts

log = logging.getLogger(__name__)

GONE_AFTER_SIGNS = 4
"""A process that has missed this many signs counts as gone."""


class SignOfLife:
    """Reports one process to the ledger."""

    def __init__(
        self, processes: Processes, kind: Kind, name: str, every: timedelta, config: LiveConfig | None = None
    ) -> None:
        """*every* is the time between two reports; *config* is the configuration with which the process works."""
        self._processes = processes
        self._kind, self._name = kind, name
        self._every_s = every.total_seconds()
        self._config = config
        self._id = secrets.token_hex(8)
        self._host, self._since = socket.gethostname(), datetime.now(UTC).isoformat(timespec="seconds")
        self._due = 0.0

    def tick(self) -> None:
        """Reports if it is time. An unreachable ledger is no failure here; the work itself will notice it."""
        if time.monotonic() >= self._due:
            with suppress(StoreUnavailable):
                self.report()

    def report(self) -> None:
        """Reports now. Raises: StoreUnavailable."""
        # Before the call: while the ledger is away, each tick would otherwise wait for its timeout.
        self._due = time.monotonic() + self._every_s
        self._processes.sign(
            self._id,
            ProcessFacts(
                kind=self._kind,
                name=self._name,
                host=self._host,
                pid=os.getpid(),
                version=__version__,
                since=self._since,
                config=self._config.current().digest if self._config else None,
                problems=len(self._config.problems) if self._config else 0,
            ),
        )

    def leave(self) -> None:
        """Removes this process, which ends in order."""
        with suppress(StoreUnavailable):
            self._processes.leave(self._id)
