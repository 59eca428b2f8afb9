"""Counts the messages of one worker process by lane, and decides which one starts next."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Sequence

from gateway.model import Config
from gateway.store.records import DeliveryResult, Lease

LANE_SHARE = 0.75
"""The share of the messages under way that one lane may have."""


class Turns:
    """Counts messages, and starts them in the order in which lanes take turns. Thread-safe.

    A message is under way from its claim until it has been sent. One lane may have only a share of all messages under
    way, so a provider that hangs does not block the other lanes. A message is rendered when it starts. Since the lanes
    take turns, a lane with expensive templates delays the others by one rendering at a time.
    """

    def __init__(self, size: int) -> None:
        """*size*: the messages that may be under way at once."""
        self._size = size
        self._share = max(1, int(size * LANE_SHARE))
        self._under_way: Counter[str] = Counter()
        self._unrecorded: Counter[str] = Counter()
        """Messages under way, and sent messages that are not recorded yet: the ledger counts both as under way."""
        self._not_begun: OrderedDict[str, deque[tuple[Lease, Config]]] = OrderedDict()
        """Claimed but not yet rendered, by lane; the next lane comes first."""
        self._changed = threading.Condition()
        """Guards the three fields above, and is notified when a message ends."""

    def await_room(self, timeout_s: float) -> bool:
        """Whether one more message may be under way, now or within *timeout_s*."""
        with self._changed:
            return self._changed.wait_for(lambda: self._under_way.total() < self._size, timeout_s)

    def await_end(self, timeout_s: float) -> None:
        """Returns when a message has been sent or recorded, or after *timeout_s*."""
        with self._changed:
            self._changed.wait(timeout_s)

    def room(self, lane: str) -> int:
        """How many more messages of *lane* may be under way."""
        with self._changed:
            return min(self._size - self._under_way.total(), self._share - self._under_way[lane])

    def count_under_way(self) -> int:
        with self._changed:
            return self._under_way.total()

    def has_unrecorded(self, lane: str) -> bool:
        """Whether the ledger still counts messages of *lane* as under way in this process."""
        with self._changed:
            return self._unrecorded[lane] > 0

    def add(self, lane: str, leases: Iterable[Lease], config: Config) -> None:
        """Adds *leases* of *lane* as under way; they will start with *config*."""
        claimed = [(lease, config) for lease in leases]
        with self._changed:
            self._under_way[lane] += len(claimed)
            self._unrecorded[lane] += len(claimed)
            self._not_begun.setdefault(lane, deque()).extend(claimed)

    def take_next(self) -> tuple[Lease, Config]:
        """The next message of the lane whose turn it is. There must be one."""
        with self._changed:
            lane, queue = self._not_begun.popitem(last=False)
            claimed = queue.popleft()
            if queue:
                self._not_begun[lane] = queue  # moved to the end, so that the other lanes come first
            return claimed

    def note_sent(self, batch: Sequence[DeliveryResult]) -> None:
        """The messages of *batch* are no longer under way, and make room for others."""
        self._subtract(self._under_way, batch)

    def note_recorded(self, batch: Sequence[DeliveryResult]) -> None:
        """The ledger no longer counts the messages of *batch*, or has forgotten their leases."""
        self._subtract(self._unrecorded, batch)

    def _subtract(self, counts: Counter[str], batch: Sequence[DeliveryResult]) -> None:
        with self._changed:
            for result in batch:
                counts[result.lease.lane] -= 1
            self._changed.notify_all()
