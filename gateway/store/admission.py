"""Whether the ledger has room for more: the intake stops before the server does, so that what is stored can leave."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import redis

from gateway.errors import Overloaded
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import translated

LOOK_EVERY_S = 1.0
MEMORY_SHARE = 0.75
"""Of the server's `maxmemory`, or of the machine's memory where it has none (R11)."""
DELIVERED_SHARE = 0.9
"""Likewise, with what the results of all that waits will take."""
RESULT_BYTES = 1024
"""What a delivery grows by: the log of its attempts, in a hash that may be packed no more. Measured: 600."""


@dataclass(frozen=True, slots=True)
class Load:
    """How full the ledger is."""

    memory_share: float
    """Used memory, of what the server may use."""
    delivered_share: float
    """The same, once all that waits has been delivered."""
    waiting: int
    """Deliveries that are held, waiting or to be tried again."""


class AdmissionControl:
    """Looks at the ledger at most once a second, whoever asks."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._most_waiting = settings.max_waiting
        self._looked_at = 0.0
        self._why: str | None = None

    @property
    def is_stale(self) -> bool:
        """Whether `check` would ask the server."""
        return time.monotonic() - self._looked_at >= LOOK_EVERY_S

    def check(self) -> None:
        """Raises: Overloaded when no further event may be accepted now; StoreUnavailable."""
        if self.is_stale:
            self._looked_at = time.monotonic()  # first, so that others go on meanwhile
            self._why = self._too_much(self.look())
        if self._why is not None:
            raise Overloaded(self._why)

    def look(self) -> Load:
        """Raises: StoreUnavailable."""
        with translated("asking how full the ledger is"):
            memory: Any = self.client.info("memory")
            lanes: Any = self.client.zrange(keys.LANES, 0, -1)
            with self.client.pipeline(transaction=False) as pipe:
                for lane in lanes:
                    pipe.zcard(keys.due(lane))
                waiting = sum(pipe.execute())
        most = int(memory.get("maxmemory") or 0) or int(memory.get("total_system_memory") or 0)
        used = int(memory["used_memory"])
        if not most:
            return Load(0.0, 0.0, waiting)
        return Load(used / most, (used + waiting * RESULT_BYTES) / most, waiting)

    def _too_much(self, load: Load) -> str | None:
        if load.memory_share > MEMORY_SHARE:
            return (
                f"the ledger's server uses {load.memory_share:.0%} of its memory, and {MEMORY_SHARE:.0%} is the limit"
            )
        if load.delivered_share > DELIVERED_SHARE:
            return (
                f"the ledger's server will use {load.delivered_share:.0%} of its memory when what waits has been sent, "
                f"and {DELIVERED_SHARE:.0%} is the limit"
            )
        if load.waiting > self._most_waiting:
            return f"{load.waiting:,} deliveries wait, and {self._most_waiting:,} is the limit"
        return None
