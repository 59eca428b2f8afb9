"""The messages of one worker process, by lane: how many are under way, and which of them begins next."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Sequence

from gateway.model import Config
from gateway.store.records import DeliveryResult, Lease

LANE_SHARE = 0.75
"""Part of the messages under way that one lane may have."""


class Turns:
    """Counts messages, and has them begin in the turn of their lanes. Safe in threads.

    A message is under way from its claim until it is sent. A lane has a part of all messages under way at most, so a
    provider that hangs keeps no other lane waiting. A message is rendered when it begins; since the lanes take turns,
    one whose texts take much CPU holds the others up by one rendering, and not by all of its own.
    """

    def __init__(self, size: int) -> None:
        """*size*: the messages that may be under way at once."""
        self._size = size
        self._share = max(1, int(size * LANE_SHARE))
        self._under_way: Counter[str] = Counter()
        self._unrecorded: Counter[str] = Counter()
        """Under way, or sent and not yet in the ledger, which counts them as under way."""
        self._not_begun: OrderedDict[str, deque[tuple[Lease, Config]]] = OrderedDict()
        """By lane, the next lane first: what was claimed and has not been rendered."""
        self._changed = threading.Condition()
        """Guards the three above, and is notified when a message ends."""

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

    def has_unrecorded(self, lane: str) -> bool:
        """Whether the ledger still counts messages of *lane* as under way in this process."""
        with self._changed:
            return self._unrecorded[lane] > 0

    def add(self, lane: str, leases: Iterable[Lease], config: Config) -> None:
        """*leases* of *lane* are under way from now on; they begin with *config*."""
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
                self._not_begun[lane] = queue  # at the end: the other lanes come first
            return claimed

    def note_sent(self, batch: Sequence[DeliveryResult]) -> None:
        """The messages of *batch* are not under way any more, and leave room for others."""
        self._subtract(self._under_way, batch)

    def note_recorded(self, batch: Sequence[DeliveryResult]) -> None:
        """The ledger counts the messages of *batch* no more, or has forgotten their leases."""
        self._subtract(self._unrecorded, batch)

    def _subtract(self, counts: Counter[str], batch: Sequence[DeliveryResult]) -> None:
        with self._changed:
            for result in batch:
                counts[result.lease.lane] -= 1
            self._changed.notify_all()
