"""What waits, which lanes are stopped, and how late the dispatchers are: the ledger's part of the gateway's health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import redis

from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.store.records import lane_document
from gateway.times import from_ms, to_ms

BACKLOG = Script("backlog")
LANES_IN_CALL = 500
"""How many lanes one call of the script examines; the server does nothing else for a millisecond."""
# In the order in which `backlog.lua` returns them.
LANE_FIELDS = ("open_ms", "open_until", "open_since", "probe", "paused_until", "failed", "inflight")


class BacklogKeys(NamedTuple):
    """backlog.lua"""

    lanes: str = keys.LANES


class BacklogArgs(NamedTuple):
    """backlog.lua"""

    first: int
    last: int
    late_ms: int
    due_prefix: str = keys.DUE_PREFIX
    lane_prefix: str = keys.LANE_PREFIX


@dataclass(frozen=True, slots=True)
class TroubledLane:
    """A lane that is not ready, or that sends later than it should."""

    document: dict[str, Any]
    """The lane as shown by the API, with `oldest` and `open_since`."""
    oldest: datetime | None
    """When its oldest delivery became due; in the future if it waits for its next attempt."""

    @property
    def is_open(self) -> bool:
        return self.document["state"] in ("open", "probing")


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, by the server's clock."""

    now: datetime
    waiting: int
    under_way: int
    dead: int
    oldest: datetime | None
    """When the delivery that has waited longest became due; None if nothing is due."""
    lanes: tuple[TroubledLane, ...]
    """The lanes in trouble; the one whose messages have waited longest first."""
    unseen_since: datetime | None
    """Since when a lane or an ended lease has waited for a dispatcher; None if nothing waits."""
    timer_due: datetime | None
    """When the timer that fires next is due."""


def read_backlog(client: redis.Redis, timed_types: Sequence[str], late_after: timedelta) -> Backlog:
    """The backlog; *timed_types* are the event types with timers. Raises: StoreUnavailable."""
    with translated("looking at the backlog"):
        with client.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.zcard(keys.DEAD)
            for index in (keys.LANES, keys.LEASES, *map(keys.timers, timed_types)):
                pipe.zrange(index, 0, 0, withscores=True)
            (seconds, microseconds), dead, lanes, leases, *timers = pipe.execute()
        now = from_ms(seconds * 1000 + microseconds // 1000)
        waiting = under_way = first = 0
        rows: list[list[Any]] = []
        oldest: list[datetime] = []
        looked_at = LANES_IN_CALL
        # Parts are read by rank. A lane that moves between two calls is missed or counted twice, which a report may do.
        while looked_at == LANES_IN_CALL:
            args = BacklogArgs(first, first + LANES_IN_CALL - 1, int(late_after.total_seconds() * 1000))
            looked_at, waiting_here, under_way_here, oldest_ms, *rows_here = BACKLOG.call(client, BacklogKeys(), args)
            waiting, under_way, first = waiting + waiting_here, under_way + under_way_here, first + LANES_IN_CALL
            rows += rows_here
            oldest += [from_ms(oldest_ms)] if oldest_ms else []
    overdue = [from_ms(entries[0][1]) for entries in (lanes, leases) if entries]
    timers_due = [from_ms(entries[0][1]) for entries in timers if entries]
    troubled = sorted((_to_lane(row, now) for row in rows), key=lambda lane: lane.oldest or now)
    return Backlog(
        now=now,
        waiting=waiting,
        under_way=under_way,
        dead=int(dead),
        oldest=min(oldest, default=None),
        lanes=tuple(troubled),
        unseen_since=min((since for since in overdue if since < now), default=None),
        timer_due=min(timers_due, default=None),
    )


def _to_lane(row: Sequence[Any], now: datetime) -> TroubledLane:
    name, waiting, oldest_ms, *values = row
    fields = {field: value for field, value in zip(LANE_FIELDS, values, strict=True) if value}
    oldest = from_ms(oldest_ms) if oldest_ms else None
    document = lane_document(name, waiting, fields, to_ms(now))
    since = from_ms(fields["open_since"]).isoformat(timespec="milliseconds") if "open_since" in fields else None
    return TroubledLane(
        document | {"oldest": oldest.isoformat(timespec="milliseconds") if oldest else None, "open_since": since},
        oldest,
    )
