"""Quotas: how many requests with events a source may make. Each web process counts only its share."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from gateway.errors import ApiError
from gateway.model import Source


class Quotas:
    """Safe in threads."""

    def __init__(self, processes: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        """*processes* share each quota."""
        self._processes = processes
        self._clock = clock
        self._free_at: dict[str, float] = {}
        """By source: when its whole quota is free again (GCRA, the leaky bucket as a meter)."""
        self._lock = threading.Lock()

    def take(self, source: Source) -> None:
        """Raises: ApiError with the time to wait if *source* has used up its quota."""
        if source.quota is None:
            return
        # Each request moves `free_at` on by its share of the period. As long as that is at most a period ahead, the
        # quota is not used up. A process whose share is less than one request still admits one.
        interval_s = source.quota.per_s / source.quota.count * self._processes
        with self._lock:
            now = self._clock()
            free_at = max(now, self._free_at.get(source.name, now)) + interval_s
            wait_s = free_at - now - max(source.quota.per_s, interval_s)
            if wait_s > 1e-6:  # sums of floats are not exact
                detail = f"{source.name} may make {source.quota.count} requests in {source.quota.per_s:g} s"
                raise ApiError("quota-exceeded", detail, headers={"Retry-After": str(math.ceil(wait_s))})
            self._free_at[source.name] = free_at
