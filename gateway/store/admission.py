"""Admission control: no event is accepted while the ledger's server cannot serve, or is nearly full.

What is stored must still be sent, so the intake stops first. Asking the server takes round trips, so requests are
decided by the last answer.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

import redis

from gateway.errors import Overloaded, ServerUnsuitable, StoreUnavailable
from gateway.machine_memory import memory_limit
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.ledger_format import declare_format
from gateway.store.server_check import check_server
from gateway.store.server_failures import log_outage

log = logging.getLogger(__name__)

REFRESH_EVERY_S = 1.0
MEMORY_SHARE = 0.75
"""The limit, as a share of the server's `maxmemory`, or of the machine's memory if it has none."""
DELIVERED_SHARE = 0.9
"""The limit for the memory that will be used once everything that waits has been sent, since results
need memory too."""
RESULT_BYTES = 1024
"""By how much a delivery grows when it is sent: it gets a log of its attempts, and its hash may no longer be packed.

Measured: 600.
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How full the ledger is."""

    memory_share: float
    """Used or resident memory, as a share of what the server may use."""
    delivered_share: float
    """The same, once everything that waits has been delivered."""
    waiting: int
    """Deliveries that are held, waiting, or waiting for another attempt."""


class AdmissionControl:
    """Knows, as of the last refresh, whether a further event may be accepted. Thread-safe."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._max_waiting = settings.max_waiting
        self._durability = settings.durability
        self._machine_limit = memory_limit() if (settings.redis_url or "").startswith("unix:") else None
        """In bytes; a server on a unix socket runs on this machine, usually in the same container."""
        self._warned: frozenset[str] = frozenset()
        self.unsuitable: str | None = None
        """Why the server cannot serve although it answers, as of the last refresh."""
        self.overload: str | None = None
        """Why no further event may be accepted, as of the last refresh; None if one may."""
        self._is_closed = threading.Event()

    def check(self) -> None:
        """Raises ServerUnsuitable or Overloaded if no further event may be accepted now. Makes no round trip."""
        self.check_server()
        if self.overload is not None:
            raise Overloaded(self.overload)

    def check_server(self) -> None:
        """Raises ServerUnsuitable if the server cannot serve although it answers. Makes no round trip."""
        if self.unsuitable is not None:
            raise ServerUnsuitable(self.unsuitable)

    def refresh(self) -> Load:
        """Asks the ledger's server; from now on `check` decides by this answer.

        Raises: ServerUnsuitable, StoreUnavailable.
        """
        try:
            load = self.measure()
        except StoreUnavailable as exc:
            # A server that is away may be back when the next event comes; its commit will find out.
            self.unsuitable, self.overload = exc.why if isinstance(exc, ServerUnsuitable) else None, None
            raise
        overload: str | None = None
        if load.memory_share > MEMORY_SHARE:
            overload = (
                f"the ledger's server uses {load.memory_share:.0%} of its memory, and {MEMORY_SHARE:.0%} is the limit"
            )
        elif load.delivered_share > DELIVERED_SHARE:
            overload = (
                f"the ledger's server will use {load.delivered_share:.0%} of its memory when what waits has been sent, "
                f"and {DELIVERED_SHARE:.0%} is the limit"
            )
        elif load.waiting > self._max_waiting:
            overload = f"{load.waiting:,} deliveries wait, and {self._max_waiting:,} is the limit"
        if overload is not None and self.overload is None:
            log.warning("further events are refused: %s", overload)
        elif overload is None and self.overload is not None:
            log.info("events are accepted again")
        # Each is set in one step: other threads read them, and must not see "no overload" between two reasons.
        self.unsuitable, self.overload = None, overload
        return load

    def wait_until_server_serves(self, stop: threading.Event) -> bool:
        """Asks once a second, and logs why the server cannot serve. False if *stop* was set before it could."""
        has_failed = False
        while not stop.is_set():
            try:
                self.refresh()
            except StoreUnavailable as exc:
                has_failed = True
                log_outage(exc, "waiting until it can serve")
                stop.wait(REFRESH_EVERY_S)
            else:
                if has_failed:
                    log.info("the ledger's server can serve now")
                return True
        return False

    def start_refreshing(self) -> None:
        """Refreshes in a thread of its own, once a second until `close`."""

        def refresh_until_closed() -> None:
            while not self._is_closed.is_set():
                try:
                    self.wait_until_server_serves(self._is_closed)
                except Exception:  # the thread must survive: without it no overload would be noticed any more
                    log.exception("asking how full the ledger is failed")
                self._is_closed.wait(REFRESH_EVERY_S)

        threading.Thread(target=refresh_until_closed, name="admission", daemon=True).start()

    def close(self) -> None:
        self._is_closed.set()

    def measure(self) -> Load:
        """Asks whether the server can serve, and how full it is. Raises: ServerUnsuitable, StoreUnavailable."""
        report = check_server(self.client, durability=self._durability)
        for warning in report.warnings:
            if warning not in self._warned:
                log.warning("%s", warning)
        self._warned = frozenset(report.warnings)
        if not report.has_format:
            declare_format(self.client)
        with translated("asking how full the ledger is"):
            lanes: Any = self.client.zrange(keys.LANES, 0, -1)
            with self.client.pipeline(transaction=False) as pipe:
                for lane in lanes:
                    pipe.zcard(keys.due(lane))
                waiting = sum(pipe.execute())
        # Accepted deliveries still grow, since the log of their attempts is written when they are sent. If only the
        # present memory counted, a ledger full of waiting deliveries could not record a single result.
        used, resident = int(report.info["used_memory"]), int(report.info["used_memory_rss"])
        machine = int(report.info.get("total_system_memory") or 0)
        if machine and self._machine_limit:
            machine = min(machine, self._machine_limit)
        limit = int(report.info.get("maxmemory") or 0) or machine
        if not limit:  # a hosted server may hide its memory; then only the number of waiting deliveries counts
            return Load(0.0, 0.0, waiting)
        share = used / limit
        if machine and used >= resident / 2:  # otherwise most resident memory is free, and is reused first
            share = max(share, resident / machine)
        return Load(share, (used + waiting * RESULT_BYTES) / limit, waiting)
