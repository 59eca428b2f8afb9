"""Logs a repeating error once a minute with its number, so that it does not bury everything else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

EVERY_S = 60.0
MAX_KEYS = 1_000


class LogLimit:
    """Remembers when each entry was last logged, and how many were left out since. Thread-safe."""

    def __init__(self, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._clock = clock
        self._logged: dict[Hashable, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def suffix(self, key: Hashable) -> str | None:
        """What to append to the log line of *key*: usually nothing, or how many were left out. None: do not log it."""
        with self._lock:
            now = self._clock()
            logged_at, left_out = self._logged.get(key, (None, 0))
            if logged_at is not None and now - logged_at < self._every_s:
                self._logged[key] = (logged_at, left_out + 1)
                return None
            if len(self._logged) >= MAX_KEYS:
                self._logged.clear()  # at worst each error is logged once more before its minute is over
            self._logged[key] = (now, 0)
            if logged_at is None or not left_out:
                return ""
            return f" ({left_out:,} more of the same in the last {now - logged_at:.0f} s)"
