"""The ledger: accepting events, leasing deliveries to workers, recording what came of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis

from gateway.encoding import dumps
from gateway.model import Lane
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import translated
from gateway.store.records import (
    CommitResult,
    DeliveryResult,
    Drain,
    Lease,
    PreparedEvent,
    decode_lease,
    encode_attempt,
    encode_event,
    encode_reasons,
)
from gateway.store.scripts import Script

SLOT_MS = 3_000
"""A drain that was not started, or has not claimed, for this long counts as lost."""
DELIVERIES_PER_DRAIN = 50
"""Due deliveries that deserve one more drain of their lane."""
BURST_S = 0.2
"""A paced lane may catch up on this much waiting: the time between two looks of the dispatcher."""
FAILURES_THAT_OPEN = 5
"""In a row, of a service that is away or has trouble: its lane is open then, and nothing is tried (R15)."""
OPEN_FIRST, OPEN_LONGEST = timedelta(seconds=30), timedelta(minutes=15)
"""How long before one message probes the service; twice as long after each probe that fails."""
OPEN_ALARMING = timedelta(minutes=5)
"""A lane that has been open for this long is for operators to hear of."""
CRASHES_THAT_KILL = 3
"""Leases that may end without a result before a delivery is dead (SQS: maxReceiveCount)."""

LATE_TRIM = timedelta(days=1)
"""What is stored lives so much longer than its retention: the time in which a dispatcher must see what still waits."""
MAX_TRIMMED = 1_000
"""Deliveries that one call of the script looks at: the server does nothing else for a millisecond or two."""

MAX_IN_CALL = 100
"""Events that one call of the script accepts: the server does nothing else meanwhile, for 3 to 4 ms."""

ACCEPT = Script("accept", "timing")
CLAIM = Script("claim", "keeping", "ending")
RELEASE = Script("release")
RECORD_RESULTS = Script("record_results", "keeping", "ending")
REAP = Script("reap", "keeping", "ending")
WAKE = Script("wake")
TRIM = Script("trim", "keeping")
REPLAY = Script("replay", "keeping")
DISCARD = Script("discard")


class Ledger:
    """All that changes the ledger. Every method raises StoreUnavailable; what says nothing else is one round trip."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._settings = settings
        self._retention_s = int(settings.retention.total_seconds())
        self._lives_s = self._retention_s + min(self._retention_s, int(LATE_TRIM.total_seconds()))
        self._dead_retention_s = int(settings.dead_retention.total_seconds())
        self._idempotency_s = int(settings.idempotency_window.total_seconds())
        self._lease_ms = int(settings.lease.total_seconds() * 1000)

    # ------------------------------------------------------------------ intake

    def accept(self, items: Sequence[PreparedEvent]) -> tuple[list[CommitResult], list[Drain]]:
        """A receipt for each of *items* in order, and the drains that must be enqueued now.

        An item is committed whole or not at all; once this returns, every accepted one is stored. Up to 100 go in
        one call of the script, and so to disk together: each call would be synced by itself.
        """
        receipts: list[CommitResult] = []
        drains: list[Drain] = []
        for first in range(0, len(items), MAX_IN_CALL):
            together = items[first : first + MAX_IN_CALL]
            with translated("accepting events"):
                answers = ACCEPT.call(self.client, *self._acceptance_call(together))
            for item, (status, *rest) in zip(together, answers, strict=True):
                receipts.append(_receipt(item, status, rest))
                if status == "accepted":
                    drains += _drains(rest)
        return receipts, drains

    def _acceptance_call(self, items: Sequence[PreparedEvent]) -> tuple[list[str], list[Any]]:
        shared = {keys.explanation(one.explanation_id): one.explanation for one in items if one.explanation_id}
        names = [keys.LANES, keys.SOURCES, *shared]
        slots = secrets.token_hex(6) + "."
        args: list[Any] = [self._lives_s, self._idempotency_s, slots, SLOT_MS, keys.LANE_PREFIX]
        args += [len(shared), *map(dumps, shared.values()), len(items)]
        for item in items:
            own_names, own_args = _acceptance_of(item)
            names += own_names
            args += [len(own_names), len(own_args), *own_args]
        return names, args

    # ------------------------------------------------------------------ workers

    def claim(self, lane: Lane, slot: str, limit: int) -> tuple[list[Lease], float | None]:
        """At most *limit* due deliveries, leased to the drain *slot*; seconds until more are due.

        Zero seconds: they are due now. None: nothing waits in the lane.
        """
        pace_ms = lane.rate.per_s * 1000 / lane.rate.count if lane.rate else 0
        burst = max(1, int(BURST_S * 1000 / pace_ms)) if pace_ms else 0
        names = [
            *keys.ENDING,
            keys.due(lane.name),
            keys.LEASES,
            keys.lane(lane.name),
            keys.drains(lane.name),
            keys.LANES,
            keys.TOKENS,
        ]
        args = [self._dead_retention_s, lane.name, slot, limit, self._lease_ms, lane.concurrency or 0, pace_ms, burst]
        prefixes = [keys.DELIVERY_PREFIX, keys.EVENT_PREFIX]
        with translated("claiming deliveries"):
            next_ms, *rows = CLAIM.call(self.client, names, [*args, *prefixes, SLOT_MS, DELIVERIES_PER_DRAIN])
        return [decode_lease(lane.name, row) for row in rows], None if next_ms < 0 else next_ms / 1000

    def await_work(self, names: Sequence[str], timeout_s: float) -> str | None:
        """The first of *names* (lanes, or what `nudge` was told) with news; None when there was none in time.

        With *timeout_s* 0 it does not wait.
        """
        waiting = {keys.wake(name): name for name in names}
        with translated("waiting for work"):
            found: Any
            if timeout_s:
                found = self.client.blpop(list(waiting), timeout=timeout_s)
            else:
                found = self.client.lmpop(len(waiting), *waiting, direction="LEFT")
        return waiting[found[0]] if found else None

    def nudge(self, name: str) -> None:
        """Ends the wait of whoever waits for *name*."""
        with translated("waking a drain"):
            self.client.rpush(keys.wake(name), 1)
            self.client.pexpire(keys.wake(name), SLOT_MS)

    def record_results(self, settlements: Sequence[DeliveryResult]) -> list[bool]:
        """Whether each result was recorded; False: its lease had ended, and it counts for nothing."""
        names = [*keys.ENDING, keys.LEASES, keys.LANES]
        scale = self._settings.time_scale
        open_ms = [int(one.total_seconds() * 1000 * scale) for one in (OPEN_FIRST, OPEN_LONGEST, OPEN_ALARMING)]
        args: list[Any] = [self._dead_retention_s, FAILURES_THAT_OPEN, *open_ms]
        for one in settlements:
            lease = one.lease
            names += [
                keys.delivery(lease.id),
                keys.due(lease.lane),
                keys.lane(lease.lane),
                keys.event(lease.event_key),
            ]
            reason = one.reason.value if one.reason else ""
            wait_ms = int(one.wait_s * 1000)
            args += [lease.id, lease.token, one.verdict, wait_ms, encode_attempt(one.attempt), lease.lane, reason]
            args.append(one.health)
        with translated("recording results"):
            return [bool(recorded) for recorded in RECORD_RESULTS.call(self.client, names, args)]

    def release(self, drain: Drain) -> bool:
        """Ends a drain; whether its lane has work that is due now."""
        names = [keys.due(drain.lane), keys.drains(drain.lane), keys.LANES, keys.lane(drain.lane)]
        with translated("ending a drain"):
            return bool(RELEASE.call(self.client, names, [drain.lane, drain.slot]))

    # ------------------------------------------------------------------ dispatcher

    def wake(self, most: int = 200) -> list[Drain]:
        """The drains that lanes with due work need and do not have."""
        prefixes = [keys.DUE_PREFIX, keys.DRAINS_PREFIX]
        slot = secrets.token_hex(6) + "."
        args = [most, slot, SLOT_MS, self._settings.drains_per_lane, DELIVERIES_PER_DRAIN, *prefixes]
        with translated("looking for due work"):
            return _drains(WAKE.call(self.client, [keys.LANES], args))

    def has_lanes(self) -> bool:
        """Whether anything is due in some lane, or will be."""
        with translated("looking for lanes"):
            return bool(self.client.exists(keys.LANES))

    def due_counts(self, lanes: Sequence[str]) -> list[int]:
        """How many deliveries are due in each of *lanes*."""
        with translated("counting due deliveries"), self.client.pipeline(transaction=False) as pipe:
            seconds, microseconds = self.client.time()
            for lane in lanes:
                pipe.zcount(keys.due(lane), "-inf", int(seconds) * 1000 + int(microseconds) // 1000)
            return [int(count) for count in pipe.execute()]

    def reap(self, most: int = 500) -> list[str]:
        """Ids of the deliveries that were taken back from workers whose lease has ended."""
        prefixes = [keys.DELIVERY_PREFIX, keys.DUE_PREFIX, keys.LANE_PREFIX, keys.EVENT_PREFIX]
        args = [self._dead_retention_s, most, CRASHES_THAT_KILL, *prefixes]
        with translated("taking back leases"):
            return list(REAP.call(self.client, [*keys.ENDING, keys.LEASES, keys.LANES], args))

    def trim(self) -> int:
        """How many index entries went because their retention is over; what still waits is kept for another one."""
        with translated("trimming the indexes"):
            sources: Any = self.client.smembers(keys.SOURCES)
            seconds, _ = self.client.time()
            dead: Any = self.client.zremrangebyscore(keys.DEAD, "-inf", (seconds - self._dead_retention_s) * 1000)
            return int(dead) + sum(map(self._trim, sources))

    def _trim(self, source: str) -> int:
        names = [keys.events_of(source), keys.deliveries_of(source)]
        args = [self._retention_s, self._lives_s, MAX_TRIMMED, keys.DELIVERY_PREFIX, keys.EVENT_PREFIX]
        total, looked_at = 0, MAX_TRIMMED
        while looked_at == MAX_TRIMMED:
            gone, looked_at = TRIM.call(self.client, names, args)
            total += int(gone)
        return total

    # ------------------------------------------------------------------ operators

    def replay(self, ids: Sequence[str]) -> list[str]:
        """Ids of *ids* that were dead and now wait again, with all their attempts before them."""
        if not ids:
            return []
        args = [self._lives_s, keys.DELIVERY_PREFIX, keys.DUE_PREFIX, keys.EVENT_PREFIX]
        args += [keys.DELIVERIES_PREFIX, keys.EVENTS_PREFIX, *ids]
        with translated("replaying deliveries"):
            return list(REPLAY.call(self.client, [keys.DEAD, keys.LANES, keys.ALARMED], args))

    def discard(self, ids: Sequence[str], who: str, why: str) -> list[str]:
        """Ids of *ids* that were dead and are discarded now, kept as long as before. *who* says so, and *why*."""
        if not ids:
            return []
        with translated("discarding deliveries"):
            args = [keys.DELIVERY_PREFIX, who, why, *ids]
            return list(DISCARD.call(self.client, [keys.DEAD, keys.ALARMED], args))


def _acceptance_of(item: PreparedEvent) -> tuple[list[str], list[Any]]:
    """Keys and arguments of one event in a call of the script `accept`."""
    event, plan = item.event, item.plan
    key = keys.event_key(event.source, event.id)
    names = [
        keys.event(key),
        keys.events_of(event.source),
        keys.deliveries_of(event.source),
        *(keys.idempotency(event.source, one) for one in item.keys),
    ]
    args: list[Any] = [
        item.fingerprint,
        dumps(item.answer),
        encode_event(event),
        keys.explanation(item.explanation_id) if item.explanation_id else dumps(item.explanation),
        item.config,
        event.source,
        key,
        len(item.keys),
        event.id,
        event.type,
        len(plan.deliveries),
    ]
    for id, planned in zip(item.ids, plan.deliveries, strict=True):
        lane = planned.lane
        names += [keys.delivery(id), keys.due(lane), keys.drains(lane), keys.wake(lane)]
        args += [id, planned.target, lane, encode_reasons(planned.reasons), int(planned.delay.total_seconds() * 1000)]
    return names, [*args, *item.timing_args]


def _receipt(item: PreparedEvent, status: Any, rest: Sequence[str]) -> CommitResult:
    answers = {"accepted": item.answer, "repeated": item.already_notified}
    return CommitResult(status, json.loads(rest[0]) if status == "replayed" else answers.get(status))


def _drains(flat: Sequence[str]) -> list[Drain]:
    return [Drain(lane=lane, slot=slot) for slot, lane in zip(flat[::2], flat[1::2], strict=True)]
