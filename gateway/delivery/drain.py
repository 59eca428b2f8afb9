"""Draining lanes: claim what is due, send a bounded number of messages at once, and wait a while for more.

Each worker process has one `Drainer`. An RQ job gives it a lane. One thread, the pump, claims deliveries for all lanes
of the process in turn, and waits for news about those that are empty. Claimed messages are started lane by lane as well
(`Turns`), each in a greenlet of the event loop, and their results go to the recorder's thread.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway.delivery.attempt import Sends, attempt
from gateway.delivery.recorder import Recorder
from gateway.delivery.running import RunningNote
from gateway.delivery.turns import Turns
from gateway.errors import StoreUnavailable
from gateway.model import Config, Lane
from gateway.sending.transport.event_loop import EventLoop
from gateway.settings import Settings
from gateway.store.ledger import Ledger
from gateway.store.records import Drain
from gateway.store.server_failures import log_outage

log = logging.getLogger(__name__)

RENEW_S = 1.0
"""A lane is claimed from at least this often; each claim renews its slot."""
WAIT_S = 0.5
"""The longest wait for news about empty lanes."""
MIN_WAIT_S = 0.01
"""The shortest wait for news; for Redis, zero would mean no limit."""
BLOCKED_WAIT_S = 0.02
"""How often to look for news while a lane waits for room or for its own limit."""
HAND_ON_S = 0.3
"""A worker that stays full for this long gives its lanes to other workers."""
ASK_LOOP_EVERY_S, LOOP_ANSWERS_WITHIN_S = 1.0, 5.0
"""How often the event loop must show that it runs, and how long it may take to answer, since it may be starting
messages."""
OUTAGE_WAIT_S = 0.5
"""The wait before the next try while the ledger's server is away."""


@dataclass
class _HeldLane:
    """A lane that this process is draining."""

    drain: Drain
    claimed_at: float = 0.0
    claims_at: float = 0.0
    """When something may be due or the slot must be renewed; until then the lane waits for news."""
    busy_at: float = field(default_factory=time.monotonic)
    """When the lane last had something to send."""


class Drainer:
    """Sends the messages of one worker process."""

    def __init__(
        self,
        ledger: Ledger,
        config: Callable[[], Config],
        sender: Sends,
        settings: Settings,
        note: RunningNote | None = None,
        on_turn: Callable[[], None] = lambda: None,
        check_server: Callable[[], None] = lambda: None,
    ) -> None:
        """*on_turn* is called at least every second, by the claiming thread, while this process is able to send.

        *check_server* is called before each turn; it raises StoreUnavailable while nothing may be claimed.
        """
        self._ledger = ledger
        self._config = config
        self._sender = sender
        self._linger_s = settings.linger.total_seconds()
        self._time_scale = settings.time_scale
        self._listened_at = 0.0
        self._name = f"@{secrets.token_hex(6)}"
        self._held: dict[str, _HeldLane] = {}
        self._held_lock = threading.Lock()
        self._turns = Turns(settings.concurrency)
        self._is_stopping = threading.Event()
        self._note = note
        self._on_turn = on_turn
        self._loop_asked_at = 0.0
        self._has_loop_answered = threading.Event()
        self._has_loop_answered.set()
        self._check_server = check_server
        self._loop = EventLoop(settings.concurrency)
        turns = self._turns
        self._recorder = Recorder(ledger, turns.note_sent, turns.note_recorded, turns.count_under_way)
        self._pump = threading.Thread(target=self._run, name="drain", daemon=True)
        self._pump.start()

    def take(self, drain: Drain) -> None:
        """Starts draining a lane. Waits while this process is full, so that another worker can take the lane first.

        Raises: StoreUnavailable.
        """
        while not self._turns.await_room(WAIT_S) and not self._is_stopping.is_set():
            pass
        if self._is_stopping.is_set():
            return
        with self._held_lock:
            self._held[drain.lane] = _HeldLane(drain)
        self._ledger.nudge(self._name)

    def stop(self) -> None:
        """Stops claiming. Safe to call in a signal handler."""
        self._is_stopping.set()

    def close(self) -> None:
        """Gives the lanes back, waits for the messages that are being sent, and records their results."""
        self._is_stopping.set()
        self._pump.join()
        self._loop.close()
        self._recorder.close()

    # ------------------------------------------------------------------ the pump

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                if self._is_loop_alive():
                    self._on_turn()
                self._check_server()
                self._claim_from_all()
            except StoreUnavailable as exc:
                log_outage(exc, "trying again")
                self._is_stopping.wait(OUTAGE_WAIT_S)
            except Exception:  # the thread must survive: it serves all lanes of this process
                log.exception("claiming deliveries failed; trying again")
                self._is_stopping.wait(OUTAGE_WAIT_S)
        try:
            self._give_back(list(self._held))
        except StoreUnavailable as exc:
            log_outage(exc, "the lanes' slots will end by themselves")

    def _is_loop_alive(self) -> bool:
        """Whether the event loop still starts messages; it does not while a message occupies the CPU."""
        now = time.monotonic()
        if self._has_loop_answered.is_set() and now - self._loop_asked_at > ASK_LOOP_EVERY_S:
            self._loop_asked_at = now
            self._has_loop_answered.clear()
            self._loop.start([self._has_loop_answered.set])
        return self._has_loop_answered.is_set() or now - self._loop_asked_at < LOOP_ANSWERS_WITHIN_S

    def _claim_from_all(self) -> None:
        """Claims once for each lane that may have work. If nothing was claimed, waits for something to change.

        Three things decide when a lane is looked at again: the time at which its next delivery is due, the time at
        which its slot must be renewed, and news from the ledger. News is a blocking read of a list to which every event
        accepted for a waiting lane adds. The pump sleeps in this read until the earlier of the first two times.

        A lane with due work that yields nothing has its share under way, or has reached its own limit. The pump must
        not sleep in the read then, since room becomes free in this process: it waits up to 20 ms for a result, and
        looks for news of the other lanes without waiting. A process that stays full gives all its lanes back, so that
        other workers take them.
        """
        if not self._turns.await_room(HAND_ON_S):
            self._give_back(list(self._held))
            return
        now = time.monotonic()
        ready = [held for held in self._snapshot() if held.claims_at <= now]
        ready.sort(key=lambda held: held.claimed_at)  # in turn: the lane that was just served goes to the end
        claims = [self._claim(held) for held in ready]
        if any(claims):
            return
        lanes, now = self._snapshot(), time.monotonic()
        waiting = [self._name, *(held.drain.lane for held in lanes if held.claims_at > now)]
        soonest_s = min((held.claims_at for held in lanes), default=math.inf) - now
        wait_s = min(WAIT_S, max(MIN_WAIT_S, soonest_s))
        if soonest_s <= 0:
            self._turns.await_end(BLOCKED_WAIT_S)
            if time.monotonic() - self._listened_at < BLOCKED_WAIT_S:
                return
            wait_s = 0.0
        news = self._ledger.await_work(waiting, wait_s)
        self._listened_at = time.monotonic()
        if news in self._held:
            self._held[news].claims_at = 0.0

    def _snapshot(self) -> Sequence[_HeldLane]:
        with self._held_lock:
            return list(self._held.values())

    def _claim(self, held: _HeldLane) -> bool:
        """Whether anything was claimed for the lane. A lane that has been empty for long is given back."""
        name, now = held.drain.lane, time.monotonic()
        # Read before the claim: a result recorded while the claim runs may be why the ledger yields nothing.
        has_unrecorded, room = self._turns.has_unrecorded(name), self._turns.room(name)
        if room <= 0:
            return False
        lane = self._config().lanes.get(name) or Lane(name)
        leases, next_s = self._ledger.claim(lane, held.drain.slot, room)
        has_more = next_s == 0
        held.claimed_at, held.claims_at = now, now + min(RENEW_S, RENEW_S if next_s is None else next_s)
        if leases:
            held.busy_at = now
            # The configuration is read again after the claim: it must know what was planned a moment ago.
            self._turns.add(name, leases, self._config())
            # One start for each lease. Which lane's message it starts is decided at that time.
            self._loop.start([self._begin_next] * len(leases))
        elif (has_more and not has_unrecorded) or (not has_more and now - held.busy_at > self._linger_s):
            # There is due work without a lease, and no result under way could change that: the lane waits for its rate
            # or its breaker, and the dispatcher will wake it. Or it has been idle for long.
            self._give_back([name])
        return bool(leases)

    def _give_back(self, lanes: Sequence[str]) -> None:
        for name in lanes:
            with self._held_lock:
                held = self._held.pop(name, None)
            if held:
                self._ledger.release(held.drain)

    # ------------------------------------------------------------------ messages

    def _begin_next(self) -> None:
        """Attempts the next delivery of the lane whose turn it is."""
        lease, config = self._turns.take_next()
        send = partial(attempt, lease, config, self._sender, self._time_scale)
        self._recorder.put(self._note.run(lease, send) if self._note else send())
