"""The ledger: accepts events, leases deliveries to workers, and records results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis

from gateway.model import Lane
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.accept_call import (
    ACCEPT,
    MAX_IN_CALL,
    IndexArgs,
    accept_call,
    commit_result,
    decode_drains,
    new_slot_prefix,
)
from gateway.store.client import Script, translated
from gateway.store.counters import CountArgs
from gateway.store.records import (
    CommitResult,
    DeliveryResult,
    Drain,
    Lease,
    PreparedEvent,
    decode_lease,
    encode_attempt,
)
from gateway.store.script_arguments import (
    ClaimArgs,
    ClaimKeys,
    CrashArgs,
    CrashKeys,
    DiscardArgs,
    DiscardKeys,
    EndingArgs,
    EndingKeys,
    ReapArgs,
    ReapKeys,
    RecordArgs,
    RecordKeys,
    ReleaseArgs,
    ReleaseKeys,
    ReplayArgs,
    ReplayKeys,
    ResultArgs,
    ResultKeys,
    TrimArgs,
    TrimKeys,
    WakeArgs,
    WakeKeys,
)

SLOT_MS = 3_000
"""A drain that has not started, or has not claimed, for this long counts as lost."""
DELIVERIES_PER_DRAIN = 50
"""A lane gets one drain for each of so many due deliveries."""
BURST_S = 0.2
"""How much waiting a paced lane may catch up on: the time between two rounds of the dispatcher."""
FAILURES_THAT_OPEN = 5
"""After so many failures in a row because the service is away or in trouble, the lane is open: nothing is tried."""
OPEN_FIRST, OPEN_LONGEST = timedelta(seconds=30), timedelta(minutes=15)
"""How long until one message probes the service, doubled after each failed probe, and the maximum."""
OPEN_ALARMING = timedelta(minutes=5)
"""Operators get an alarm about a lane that has been open for this long."""
LANE_CLOSED = -1
"""The change by a result when the lane was open and its service answers again."""
CRASHES_THAT_KILL = 3
"""A delivery is dead after so many workers have died while it was running (SQS: maxReceiveCount)."""
LOSSES_THAT_KILL = 5
"""A delivery is dead after so many of its leases in a row have ended without a result or a report of a crash."""
LOSS_SPREAD_S = 2.0
"""A delivery that has lost two leases waits for up to so many seconds; each further loss adds as many."""

LATE_TRIM = timedelta(days=1)
"""Keys expire this much later than their retention ends, so that a dispatcher sees in time what still waits."""
MAX_TRIMMED = 1_000
"""How many deliveries one call of the script examines; the server does nothing else for a millisecond or two."""

CLAIM = Script("claim", "keeping", "indexes", "counters", "ending")
RELEASE = Script("release")
RECORD_RESULTS = Script("record_results", "keeping", "indexes", "counters", "ending")
REAP = Script("reap", "keeping", "indexes", "counters", "ending")
REPORT_CRASH = Script("report_crash", "keeping", "indexes", "counters", "ending")
WAKE = Script("wake")
TRIM = Script("trim", "keeping", "indexes")
REPLAY = Script("replay", "keeping", "indexes")
DISCARD = Script("discard", "indexes")


class Ledger:
    """Everything that changes the ledger. Every method raises StoreUnavailable, and is one round trip unless it says
    otherwise."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._settings = settings
        self._retention_s = int(settings.retention.total_seconds())
        self._lives_s = self._retention_s + min(self._retention_s, int(LATE_TRIM.total_seconds()))
        self._dead_retention_s = int(settings.dead_retention.total_seconds())
        self._index_args = IndexArgs(self._lives_s)
        self._ending_args = (*self._index_args, *CountArgs(), *EndingArgs(self._dead_retention_s))
        self._idempotency_s = int(settings.idempotency_window.total_seconds())
        self._lease_ms = int(settings.lease.total_seconds() * 1000)

    # ------------------------------------------------------------------ intake

    def accept(self, items: Sequence[PreparedEvent]) -> tuple[list[CommitResult], list[Drain]]:
        """A result for each of *items* in order, and the drains that must be enqueued now.

        An item is committed as a whole or not at all; when this returns, every accepted item is on disk. Up to 100 go
        into one call of the script, and so to disk together, since each call is synced separately.
        """
        results: list[CommitResult] = []
        drains: list[Drain] = []
        for first in range(0, len(items), MAX_IN_CALL):
            together = items[first : first + MAX_IN_CALL]
            with translated("accepting events"):
                call = accept_call(together, self._index_args, self._idempotency_s, SLOT_MS)
                answers = ACCEPT.call(self.client, *call)
            for item, answer in zip(together, answers, strict=True):
                result, new_drains = commit_result(item, answer)
                results.append(result)
                drains += new_drains
        return results, drains

    # ------------------------------------------------------------------ workers

    def claim(self, lane: Lane, slot: str, limit: int) -> tuple[list[Lease], float | None]:
        """At most *limit* due deliveries, leased to the drain *slot*; and the seconds until more are due.

        Zero seconds: more are due now. None: nothing waits in the lane.
        """
        pace_ms = lane.rate.per_s * 1000 / lane.rate.count if lane.rate else 0
        name = lane.name
        args = ClaimArgs(
            lane=name,
            slot=slot,
            most=limit,
            lease_ms=self._lease_ms,
            concurrency=lane.concurrency or 0,
            pace_ms=pace_ms,
            burst=max(1, int(BURST_S * 1000 / pace_ms)) if pace_ms else 0,
            slot_ms=SLOT_MS,
            deliveries_per_drain=DELIVERIES_PER_DRAIN,
        )
        names = [*EndingKeys(), *ClaimKeys(keys.due(name), keys.lane(name), keys.drains(name))]
        with translated("claiming deliveries"):
            next_ms, *rows = CLAIM.call(self.client, names, [*self._ending_args, *args])
        return [decode_lease(name, row) for row in rows], None if next_ms < 0 else next_ms / 1000

    def await_work(self, names: Sequence[str], timeout_s: float) -> str | None:
        """The first of *names* (lanes, or a name given to `nudge`) with news; None if there was none in time.

        With *timeout_s* 0 it does not wait.
        """
        waiting = {keys.wake(name): name for name in names}
        with translated("waiting for work"):
            news: Any
            if timeout_s:  # to BLPOP, 0 would mean to wait for ever
                news = self.client.blpop(list(waiting), timeout=timeout_s)
            else:
                news = self.client.lmpop(len(waiting), *waiting, direction="LEFT")
        return waiting[news[0]] if news else None

    def nudge(self, name: str) -> None:
        """Ends the wait for *name*."""
        with translated("waking a drain"):
            self.client.rpush(keys.wake(name), 1)
            self.client.pexpire(keys.wake(name), SLOT_MS)

    def record_results(self, results: Sequence[DeliveryResult]) -> list[int]:
        """For each of *results*, what it changed.

        0: nothing, since its lease had ended; 1: it was recorded; LANE_CLOSED: it also closed its lane; more: it opened
        its lane, or left it open, for so many milliseconds.
        """
        scale = self._settings.time_scale
        first_ms, longest_ms, alarming_ms = (
            int(time.total_seconds() * 1000 * scale) for time in (OPEN_FIRST, OPEN_LONGEST, OPEN_ALARMING)
        )
        names: list[str] = [*EndingKeys(), *RecordKeys()]
        args: list[Any] = [
            *self._ending_args,
            *RecordArgs(FAILURES_THAT_OPEN, first_ms, longest_ms, alarming_ms, len(results)),
        ]
        for result in results:
            lease = result.lease
            names += ResultKeys(
                keys.delivery(lease.id), keys.due(lease.lane), keys.lane(lease.lane), keys.event(lease.event_key)
            )
            args += ResultArgs(
                id=lease.id,
                token=lease.token,
                verdict=result.verdict,
                wait_ms=int(result.wait_s * 1000),
                attempt=encode_attempt(result.attempt),
                lane=lease.lane,
                reason=result.reason.value if result.reason else "",
                health=result.health,
                alarm=result.alarm,
                service=result.service,
                failure=failure.value if (failure := result.attempt.result.reason) else "",
            )
        with translated("recording results"):
            return [int(change) for change in RECORD_RESULTS.call(self.client, names, args)]

    def release(self, drain: Drain) -> bool:
        """Ends a drain. Returns whether its lane has work that is due now."""
        lane = drain.lane
        names = ReleaseKeys(keys.due(lane), keys.drains(lane), keys.lane(lane))
        with translated("ending a drain"):
            return bool(RELEASE.call(self.client, names, ReleaseArgs(lane, drain.slot)))

    def report_crash(self, id: str, token: str) -> bool:
        """Counts a crash of the delivery that was running when its worker died, and takes it back.

        False if the lease with this *token* had ended.
        """
        names = [*EndingKeys(), *CrashKeys(keys.delivery(id))]
        args = [*self._ending_args, *CrashArgs(id, token, CRASHES_THAT_KILL)]
        with translated("reporting a crash"):
            return bool(REPORT_CRASH.call(self.client, names, args))

    # ------------------------------------------------------------------ dispatcher

    def wake(self, most: int = 200) -> list[Drain]:
        """The missing drains of lanes with due work."""
        args = WakeArgs(most, new_slot_prefix(), SLOT_MS, self._settings.drains_per_lane, DELIVERIES_PER_DRAIN)
        with translated("looking for due work"):
            return decode_drains(WAKE.call(self.client, WakeKeys(), args))

    def has_lanes(self) -> bool:
        """Whether anything is due in any lane, now or later."""
        with translated("looking for lanes"):
            return bool(self.client.exists(keys.LANES))

    def due_counts(self, lanes: Sequence[str]) -> list[int]:
        """How many deliveries are due in each of *lanes*. In two round trips, since the time is the server's."""
        with translated("counting due deliveries"), self.client.pipeline(transaction=False) as pipe:
            seconds, microseconds = self.client.time()
            for lane in lanes:
                pipe.zcount(keys.due(lane), "-inf", int(seconds) * 1000 + int(microseconds) // 1000)
            return [int(count) for count in pipe.execute()]

    def reap(self, most: int = 500) -> list[str]:
        """Ids of the deliveries taken back from workers whose leases have ended."""
        names = [*EndingKeys(), *ReapKeys()]
        args = [*self._ending_args, *ReapArgs(most, LOSSES_THAT_KILL, int(LOSS_SPREAD_S * 1000))]
        with translated("taking back leases"):
            return list(REAP.call(self.client, names, args))

    def trim(self) -> int:
        """How many index entries were removed because their retention is over; those of waiting deliveries are kept
        longer. In some round trips for each source, so that no single call occupies the server for long."""
        with translated("trimming the indexes"):
            sources: Any = self.client.smembers(keys.SOURCES)
            seconds, _ = self.client.time()
            dead: Any = self.client.zremrangebyscore(keys.DEAD, "-inf", (seconds - self._dead_retention_s) * 1000)
            total = int(dead)
            args = [*self._index_args, *TrimArgs(self._retention_s, MAX_TRIMMED)]
            for source in sources:
                names = TrimKeys(keys.events_of(source), keys.deliveries_of(source))
                looked_at = MAX_TRIMMED
                while looked_at == MAX_TRIMMED:
                    gone, looked_at = TRIM.call(self.client, names, args)
                    total += int(gone)
            return total

    # ------------------------------------------------------------------ operators

    def replay(self, ids: Sequence[str]) -> list[str]:
        """Those of *ids* that were dead and now wait again; their earlier attempts stay recorded."""
        if not ids:
            return []
        with translated("replaying deliveries"):
            return list(REPLAY.call(self.client, ReplayKeys(), [*self._index_args, *ReplayArgs(), *ids]))

    def discard(self, ids: Sequence[str], who: str, why: str) -> list[str]:
        """Those of *ids* that were dead and are now discarded, for the reason *why* given by *who*. They are kept as
        long as before."""
        if not ids:
            return []
        with translated("discarding deliveries"):
            return list(DISCARD.call(self.client, DiscardKeys(), [*self._index_args, *DiscardArgs(who, why), *ids]))
