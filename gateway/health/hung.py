"""Which processes hang: they run, and report no sign of life though others can."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from gateway.errors import StoreUnavailable
from gateway.store.processes import ProcessRecord

HUNG_AFTER = timedelta(minutes=1)
MIN_LOOKS = 12
"""A process hangs when it has been silent for so long and for so many looks. It counts as gone much earlier."""


class HungProcesses:
    """Looks for hung processes of this host, for a supervisor that itself reports signs of life.

    Looks are counted, not seconds: neither a changed clock nor a machine that slept makes a process seem hung. A look
    counts only if this process has reported since the look before. Where it cannot, the ledger is away, full or
    read-only, and the others cannot report either.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[ProcessRecord]],
        every: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*read* returns the signs of all processes, which report one *every* so often."""
        self._read = read
        self._every_s = every.total_seconds()
        self._clock = clock
        self._due = 0.0
        self._hung_after_looks = max(MIN_LOOKS, math.ceil(HUNG_AFTER / every))
        self._last: dict[int, datetime] = {}
        self._looks: dict[int, int] = {}
        """For each process, how many looks have shown the same last sign."""

    def look(self, host: str, pids: Collection[int]) -> list[int]:
        """Those of *pids*, processes of *host*, that hang. A process that has never reported is not among them."""
        if self._clock() < self._due:
            return []
        self._due = self._clock() + self._every_s
        own, last = os.getpid(), dict[int, datetime]()
        try:
            for record in self._read():
                pid = record.facts.pid
                if record.facts.host == host and (pid == own or pid in pids):
                    last[pid] = max(record.last, last.get(pid, record.last))  # a pid may have been used before
        except StoreUnavailable:
            last.clear()
        before, self._last = self._last, last
        # A look that does not count forgets those before it as well: once the ledger is back, all have the full time.
        counts = own in last and last[own] != before.get(own)
        silent = {pid for pid in last if counts and last[pid] == before.get(pid)}
        looks = {pid: self._looks.get(pid, 0) + 1 for pid in silent}
        hung = [pid for pid in looks if looks[pid] >= self._hung_after_looks]
        self._looks = {pid: 0 if pid in hung else looks[pid] for pid in looks}
        return hung
