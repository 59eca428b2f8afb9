"""Draining lanes: claim what is due, send a bounded number of messages at once, stay a while for more.

One `Drainer` lives in each worker process. An RQ job hands it a lane; one thread, the pump, claims for all lanes that
the process holds, in turn, and waits for news of those that are empty. A lane has a part of the messages under way at
most, so a provider that hangs keeps no other lane waiting. Messages begin in the turn of their lanes as well: they are
rendered first, and a lane whose texts take much CPU holds the others up by one rendering, not by all of its own.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway.delivery.attempt import Sends, attempt
from gateway.delivery.recorder import Recorder
from gateway.delivery.running import RunningNote
from gateway.errors import StoreUnavailable
from gateway.model import Config, Lane
from gateway.sending.transport.event_loop import EventLoop
from gateway.settings import Settings
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult, Drain, Lease

log = logging.getLogger(__name__)

LANE_SHARE = 0.75
"""Part of the messages under way that one lane may have."""
RENEW_S = 1.0
"""A lane is claimed from at least this often, which keeps its slot."""
WAIT_S = 0.5
"""Longest wait for news of the empty lanes."""
MIN_WAIT_S = 0.01
"""For news; zero seconds would be no limit."""
BLOCKED_WAIT_S = 0.02
"""Time between two looks for news while a lane waits for room or for its own limit."""
HAND_ON_S = 0.3
"""A worker that stays full this long gives its lanes to other workers."""
OUTAGE_WAIT_S = 0.5
"""Time before the next try while the ledger's server is away."""


@dataclass
class _HeldLane:
    """A lane that this process drains."""

    drain: Drain
    claimed_at: float = 0.0
    claims_at: float = 0.0
    """When something may be due, or its slot must be renewed; until then it waits for news."""
    busy_at: float = field(default_factory=time.monotonic)
    """When it last had something to send."""


class Drainer:
    """The sending engine of one worker process."""

    def __init__(
        self,
        ledger: Ledger,
        config: Callable[[], Config],
        sender: Sends,
        settings: Settings,
        note: RunningNote | None = None,
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._sender = sender
        self._size = settings.concurrency
        self._share = max(1, int(settings.concurrency * LANE_SHARE))
        self._linger_s = settings.linger.total_seconds()
        self._time_scale = settings.time_scale
        self._listened_at = 0.0
        self._name = f"@{secrets.token_hex(6)}"
        self._held: dict[str, _HeldLane] = {}
        self._under_way: Counter[str] = Counter()
        self._unrecorded: Counter[str] = Counter()
        """By lane: under way, or sent and not yet in the ledger, which counts them as under way."""
        self._not_begun: OrderedDict[str, deque[tuple[Lease, Config]]] = OrderedDict()
        """By lane, the next lane first: what was claimed and has not been rendered."""
        self._changed = threading.Condition()
        """Guards the four above, and tells of room that has become free."""
        self._is_stopping = threading.Event()
        self._note = note
        self._loop = EventLoop(self._size)
        # A message makes room when it has been sent, and is counted as unrecorded until the ledger has its result.
        free_room = partial(self._subtract, self._under_way)
        forget = partial(self._subtract, self._unrecorded)
        self._recorder = Recorder(ledger, free_room, forget)
        self._pump = threading.Thread(target=self._run, name="drain", daemon=True)
        self._pump.start()

    def take(self, drain: Drain) -> None:
        """Drains a lane from now on. Waits while this process is full, so that another worker may come first.

        Raises: StoreUnavailable.
        """
        with self._changed:
            while self._under_way.total() >= self._size and not self._is_stopping.is_set():
                self._changed.wait(WAIT_S)
            if self._is_stopping.is_set():
                return
            self._held[drain.lane] = _HeldLane(drain)
        self._ledger.nudge(self._name)

    def stop(self) -> None:
        """No more claims from now on. Safe in a signal handler."""
        self._is_stopping.set()

    def close(self) -> None:
        """Gives the lanes back, waits for the messages under way and records them."""
        self._is_stopping.set()
        self._pump.join()
        self._loop.close()
        self._recorder.close()

    # ------------------------------------------------------------------ the pump

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._turn()
            except StoreUnavailable as exc:
                log.warning("%s; trying again", exc)
                self._is_stopping.wait(OUTAGE_WAIT_S)
            except Exception:  # the thread must live: all lanes of this process are its
                log.exception("claiming failed; trying again")
                self._is_stopping.wait(OUTAGE_WAIT_S)
        try:
            self._give_back(list(self._held))
        except StoreUnavailable as exc:
            log.warning("%s; the lanes' slots will end by themselves", exc)

    def _turn(self) -> None:
        """Claims once for each lane that may have work; when nothing was claimed, waits for something to change.

        Three clocks say when a lane is looked at again: the time at which its next delivery is due, the time at which
        its slot must be renewed, and news from the ledger, that is a blocking read of a list which every accepted
        event of a waiting lane adds to. The pump sleeps in that read, until the earliest of the first two.

        A lane with due work that gives nothing (it has its share under way, or its own limit) cannot sleep in the
        read: room becomes free in this process. It waits for a result instead, 20 ms at most, and looks for news of
        the other lanes without waiting. A process that stays full gives all its lanes back, so that others take them.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._under_way.total() < self._size or self._is_stopping.is_set(), timeout=HAND_ON_S
            )
            stays_full = self._under_way.total() >= self._size
        if stays_full:
            self._give_back(list(self._held))
            return
        now = time.monotonic()
        ready = [held for held in self._snapshot() if held.claims_at <= now]
        ready.sort(key=lambda held: held.claimed_at)  # in turn: the lane that was served last comes last
        claims = [self._claim(held) for held in ready]
        if any(claims):
            return
        lanes, now = self._snapshot(), time.monotonic()
        waiting = [self._name, *(held.drain.lane for held in lanes if held.claims_at > now)]
        soonest_s = min((held.claims_at for held in lanes), default=math.inf) - now
        wait_s = min(WAIT_S, max(MIN_WAIT_S, soonest_s))
        if soonest_s <= 0:
            with self._changed:
                self._changed.wait(BLOCKED_WAIT_S)
            if time.monotonic() - self._listened_at < BLOCKED_WAIT_S:
                return
            wait_s = 0.0
        news = self._ledger.await_work(waiting, wait_s)
        self._listened_at = time.monotonic()
        if news in self._held:
            self._held[news].claims_at = 0.0

    def _snapshot(self) -> Sequence[_HeldLane]:
        with self._changed:
            return list(self._held.values())

    def _claim(self, held: _HeldLane) -> bool:
        """Whether something was claimed for the lane; one that has been empty for long is given back."""
        name, now = held.drain.lane, time.monotonic()
        with self._changed:
            unrecorded = self._unrecorded[name]
            room = min(self._size - self._under_way.total(), self._share - self._under_way[name])
        if room <= 0:
            return False
        lane = self._config().lanes.get(name) or Lane(name)
        leases, next_s = self._ledger.claim(lane, held.drain.slot, room)
        has_more = next_s == 0
        held.claimed_at, held.claims_at = now, now + min(RENEW_S, RENEW_S if next_s is None else next_s)
        if leases:
            held.busy_at = now
            config = self._config()  # asked again after the claim: it must know what was planned a moment ago
            with self._changed:
                self._under_way[name] += len(leases)
                self._unrecorded[name] += len(leases)
                self._not_begun.setdefault(name, deque()).extend((lease, config) for lease in leases)
            self._loop.start([self._begin_next] * len(leases))
        elif (has_more and not unrecorded) or (not has_more and now - held.busy_at > self._linger_s):
            self._give_back([name])  # it waits for its rate, or it is idle
        return bool(leases)

    def _give_back(self, lanes: Sequence[str]) -> None:
        for name in lanes:
            with self._changed:
                held = self._held.pop(name, None)
            if held:
                self._ledger.release(held.drain)

    # ------------------------------------------------------------------ messages

    def _begin_next(self) -> None:
        """Attempts the next delivery of the lane whose turn it is."""
        with self._changed:
            lane, queue = self._not_begun.popitem(last=False)
            lease, config = queue.popleft()
            if queue:
                self._not_begun[lane] = queue  # at the end: the other lanes come first
        send = partial(attempt, lease, config, self._sender, self._time_scale)
        self._recorder.put(self._note.run(lease, send) if self._note else send())

    def _subtract(self, counts: Counter[str], batch: Sequence[DeliveryResult]) -> None:
        with self._changed:
            for result in batch:
                counts[result.lease.lane] -= 1
            self._changed.notify_all()
