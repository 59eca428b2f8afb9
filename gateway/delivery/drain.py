"""Draining a lane: claim due deliveries, send them on a bounded pool of threads, record results.

One `Drainer` lives in each worker process. A drain feeds the pool and returns when its lane has
nothing more to claim or its time is up; messages still under way then are recorded by the
recorder thread when they are done, so a provider that hangs keeps no other lane waiting.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Protocol

from gateway import retry, templates
from gateway.delivery import verdict
from gateway.errors import StoreUnavailable, TemplateFailed
from gateway.model import Attempt, Config, FailureReason, Lane, Message, SendResult, Target
from gateway.settings import Settings
from gateway.store.ledger import Ledger
from gateway.store.records import Drain, Lease, Settlement

log = logging.getLogger(__name__)

RECORD_FOR_S = 60.0
"""How long a result is kept and tried again while the ledger is away; its lease ends earlier."""
MOST_PER_RECORD = 200
LANE_SHARE = 0.75
"""Part of the pool that one lane may fill: a provider that hangs leaves room for the others."""
WAIT_S = 0.1
"""Longest wait between two looks at the stop signal."""


class Sends(Protocol):
    """What the drainer needs of `delivery.send.Sender`."""

    def send(self, target: Target, message: Message, delivery_id: str) -> SendResult: ...


class Drainer:
    """The sending engine of one worker process."""

    def __init__(self, ledger: Ledger, config: Callable[[], Config], sender: Sends, settings: Settings) -> None:
        self._ledger = ledger
        self._config = config
        self._sender = sender
        self._settings = settings
        self._size = settings.threads
        self._pool = ThreadPoolExecutor(self._size, thread_name_prefix="send")
        self._results: SimpleQueue[Settlement | None] = SimpleQueue()
        self._room = threading.Condition()
        self._under_way: Counter[str] = Counter()
        self._is_stopping = threading.Event()
        self._recorder = threading.Thread(target=self._record_results, name="record", daemon=True)
        self._recorder.start()

    def drain(self, drain: Drain) -> bool:
        """Sends what is due in the lane; whether work was left when the time was up.

        Raises: StoreUnavailable.
        """
        lane = self._config().lanes.get(drain.lane) or Lane(drain.lane)
        ends = time.monotonic() + self._settings.drain_budget.total_seconds()
        while room := self._await_room(lane.name, ends):
            leases, has_more = self._ledger.claim(lane, drain.slot, room)
            self._submit(leases)
            if has_more and not leases:
                if not self._await_result(lane.name, ends):
                    self._ledger.release(drain)
                    return False
            elif not has_more and not self._ledger.release(drain):
                return False
        return self._ledger.release(drain) and not self._is_stopping.is_set()

    def stop(self) -> None:
        """No more claims from now on. Safe in a signal handler."""
        self._is_stopping.set()

    def close(self) -> None:
        """Waits for the messages under way and records them."""
        self._is_stopping.set()
        self._pool.shutdown(wait=True)
        self._results.put(None)
        self._recorder.join()

    # ------------------------------------------------------------------ feeding the pool

    def _await_room(self, lane: str, ends: float) -> int:
        """How many messages of *lane* the pool can take now; 0 when the drain must end first."""
        share = max(1, int(self._size * LANE_SHARE))
        with self._room:
            while (left := ends - time.monotonic()) > 0 and not self._is_stopping.is_set():
                room = min(self._size - self._under_way.total(), share - self._under_way[lane])
                if room > 0:
                    return room
                self._room.wait(min(left, WAIT_S))
        return 0

    def _await_result(self, lane: str, ends: float) -> bool:
        """Waits until a message of *lane* is done; False when none is under way or the time is up.

        A lane at its concurrency limit goes on so; one at its rate is left to the dispatcher.
        """
        with self._room:
            under_way = self._under_way[lane]
            while self._under_way[lane] and time.monotonic() < ends and not self._is_stopping.is_set():
                if self._under_way[lane] < under_way:
                    return True
                self._room.wait(WAIT_S)
        return False

    def _submit(self, leases: list[Lease]) -> None:
        config = self._config()
        with self._room:
            for lease in leases:
                self._under_way[lease.lane] += 1
        for lease in leases:
            self._pool.submit(self._attempt, lease, config)

    # ------------------------------------------------------------------ one attempt

    def _attempt(self, lease: Lease, config: Config) -> None:
        started, began = datetime.now(UTC), time.perf_counter()
        try:
            result = self._try(lease, config)
        except Exception:
            log.exception("delivery %s to %s failed inside the gateway", lease.id, lease.target)
            result = SendResult(FailureReason.INTERNAL, detail="the gateway failed; its log says how")
        attempt = Attempt(lease.attempt, started, time.perf_counter() - began, result)
        settled = verdict.settle(lease, attempt, retry.STANDARD, random.uniform(-1, 1), self._settings.time_scale)
        self._results.put(settled)

    def _try(self, lease: Lease, config: Config) -> SendResult:
        target = config.targets.get(lease.target)
        if target is None:
            return SendResult(
                FailureReason.UNKNOWN_TARGET, True, detail="the configuration has no such target any more"
            )
        event = lease.event
        event_type = config.catalog.events.get(event.type) if event else None
        if event is None or event_type is None:
            return SendResult(FailureReason.TEMPLATE, True, detail="its event or event type is gone")
        try:
            texts = [reason.text for reason in lease.reasons]
            message = templates.render(event_type.message, event, texts)
        except TemplateFailed as exc:
            return SendResult(FailureReason.TEMPLATE, True, detail=str(exc)[:300])
        return self._sender.send(target, message, lease.id)

    # ------------------------------------------------------------------ recording

    def _record_results(self) -> None:
        while (first := self._results.get()) is not None:
            batch = [first]
            is_last = False
            while len(batch) < MOST_PER_RECORD and not is_last:
                try:
                    more = self._results.get_nowait()
                except Empty:
                    break
                if more is None:
                    is_last = True
                else:
                    batch.append(more)
            self._record(batch)
            if is_last:
                return

    def _record(self, batch: list[Settlement]) -> None:
        with self._room:
            for one in batch:
                self._under_way[one.lease.lane] -= 1
            self._room.notify_all()
        until = time.monotonic() + RECORD_FOR_S
        wait_s = 0.05
        while True:
            try:
                recorded = self._ledger.settle(batch)
            except StoreUnavailable as exc:
                if time.monotonic() > until:
                    log.error("%d results were not recorded, their leases will end: %s", len(batch), exc)  # noqa: TRY400 - its cause is the outage
                    return
                time.sleep(wait_s)
                wait_s = min(2.0, wait_s * 2)
                continue
            for one, is_recorded in zip(batch, recorded, strict=True):
                if not is_recorded:
                    log.warning("late result of %s ignored: its lease had ended", one.lease.id)
            return
