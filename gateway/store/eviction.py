"""Makes room when memory runs short: events that are done with are deleted before their retention ends.

Otherwise the history of a busy week would close the intake, since events are refused at 75 % of the memory
(`admission`).
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any, NamedTuple

import redis

from gateway.settings import Settings
from gateway.store import keys
from gateway.store.accept_call import IndexArgs
from gateway.store.admission import AdmissionControl
from gateway.store.client import Script, translated

log = logging.getLogger(__name__)

EVICT = Script("evict", "indexes")
SHARE = 0.6
"""Room is made from this share of the server's memory limit on."""
MAX_AT_ONCE = 1_000
"""How many events of each source are examined at once; the server does nothing else for some milliseconds."""


class EvictKeys(NamedTuple):
    """evict.lua"""

    events: str
    deliveries: str


class EvictArgs(NamedTuple):
    """evict.lua"""

    before_ms: int
    passed_over: int
    most: int
    event_prefix: str = keys.EVENT_PREFIX
    delivery_prefix: str = keys.DELIVERY_PREFIX


class Eviction:
    """Deletes nothing younger than the idempotency window, since repeated posts must be recognized."""

    def __init__(self, client: redis.Redis, settings: Settings, admission: AdmissionControl) -> None:
        self.client = client
        self._window_s = int(settings.idempotency_window.total_seconds())
        self._admission = admission
        self._index_args = IndexArgs(0)  # the script only removes from indexes, so it prolongs none
        self._passed: Counter[str] = Counter()
        """By source: how many of its oldest events must stay, since a delivery of theirs waits or is dead."""
        self._has_warned = False

    def tick(self) -> int:
        """How many events were deleted; none while there is room. Raises: StoreUnavailable."""
        if self._admission.refresh().memory_share <= SHARE:
            self._passed.clear()
            self._has_warned = False
            return 0
        # Each source is walked from its oldest event on, a part in each tick. Events that must stay are counted, so
        # that the next tick begins after them and does not examine them again.
        with translated("making room"):
            sources: Any = self.client.smembers(keys.SOURCES)
            seconds, _ = self.client.time()
            before_ms = (int(seconds) - self._window_s) * 1000
            total = 0
            for source in sorted(sources):
                names = EvictKeys(keys.events_of(source), keys.deliveries_of(source))
                args = [*self._index_args, *EvictArgs(before_ms, self._passed[source], MAX_AT_ONCE)]
                forgotten, looked_at = EVICT.call(self.client, names, args)
                total += int(forgotten)
                if looked_at:
                    self._passed[source] += looked_at - forgotten
                else:
                    self._passed[source] = 0  # from the oldest again, since some may be done with by now
        if total and not self._has_warned:
            log.warning("memory is short: events that were delivered are deleted before their retention ends")
            self._has_warned = True
        return total
