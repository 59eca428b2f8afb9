"""Bodies that a sender posted and no mapping could use, kept until the mapping is corrected.

They are kept for the retention, and none is deleted earlier: if a source has as many as it may have, no further one is
stored, and its sender is asked to post again later.
"""

from __future__ import annotations

import base64
import heapq
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import redis

from gateway.encoding import dumps
from gateway.errors import NotFound, Overloaded
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.store.counters import CountArgs
from gateway.times import from_ms

Reason = Literal["unreadable", "no-rule", "invalid", "failed"]
"""It is not valid in its format; no rule matches; an event violates its schema or cannot be computed; the gateway
failed."""

KEEP = Script("keep_unmapped", "counters")
DROP = Script("drop_unmapped")
MAX_NUMBER = 10_000
MAX_BYTES = 64 * 1024 * 1024
"""The limit for one source, like the number above."""
QUIET = timedelta(hours=1)
"""Operators are told of a source again if it had no unmapped body for this long."""
MAX_WHY = 300
LIVES_LONGER_S = 86_400
"""An entry outlives its place in the index, which is trimmed once a minute."""
TRIMMED_AT_ONCE = 1_000


class KeepUnmappedKeys(NamedTuple):
    """keep_unmapped.lua"""

    entry: str
    bodies: str
    same: str
    sizes: str = keys.UNMAPPED_SIZES
    newest: str = keys.UNMAPPED_NEWEST
    alarms: str = keys.ALARMS


class KeepUnmappedArgs(NamedTuple):
    """keep_unmapped.lua"""

    id: str
    source: str
    reason: str
    why: str
    document: str
    lives_s: int
    same_ms: int
    quiet_ms: int
    max_number: int = MAX_NUMBER
    max_bytes: int = MAX_BYTES


class DropUnmappedKeys(NamedTuple):
    """drop_unmapped.lua"""

    bodies: str
    sizes: str = keys.UNMAPPED_SIZES


class DropUnmappedArgs(NamedTuple):
    """drop_unmapped.lua"""

    source: str
    before_ms: int | str
    most: int = TRIMMED_AT_ONCE
    entry_prefix: str = keys.UNMAPPED_PREFIX


@dataclass(frozen=True, slots=True)
class UnmappedBody:
    """What a sender posted, without its credentials, and why it did not become an event."""

    source: str
    reason: Reason
    why: str
    """The reason, as a clause."""
    body: bytes
    problems: tuple[Mapping[str, Any], ...] = ()
    """`{detail, at?, pointer?, hint?}` for each thing that is wrong; `at` is the place in the YAML."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredBody:
    """One that is kept."""

    id: str
    received: datetime
    size: int
    unmapped: UnmappedBody


class UnmappedBodies:
    """Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._retention = settings.retention

    def keep(self, unmapped: UnmappedBody, same: str, window: timedelta) -> tuple[str, bool]:
        """Its id, and whether it was known: a body for which *same* was stored within *window* is a duplicate.

        Raises: Overloaded if the source has as many as it may have.
        """
        id = secrets.token_hex(12)
        names = KeepUnmappedKeys(
            keys.unmapped(id), keys.unmapped_of(unmapped.source), keys.same_unmapped(unmapped.source, same)
        )
        args = KeepUnmappedArgs(
            id=id,
            source=unmapped.source,
            reason=unmapped.reason,
            why=" ".join(unmapped.why.split())[:MAX_WHY],
            document=encode(unmapped),
            lives_s=int(self._retention.total_seconds()) + LIVES_LONGER_S,
            same_ms=int(window.total_seconds() * 1000),
            quiet_ms=int(QUIET.total_seconds() * 1000),
        )
        with translated("keeping a body that was not mapped"):
            state, kept = KEEP.call(self.client, names, [*CountArgs(), *args])
        if state == "full":
            raise Overloaded(
                f"{unmapped.source} has {MAX_NUMBER:,} unmapped bodies, or {MAX_BYTES // 2**20} MiB of them: "
                "mend its mapping, then replay or drop them (gateway unmapped)"
            )
        return kept, state == "known"

    def newest(self, limit: int, sources: Sequence[str] | None, before: datetime | None = None) -> list[dict[str, Any]]:
        """`{id, source, received, reason, why, bytes}` of the newest bodies, newest first; *sources* None for all.

        Bodies with the same millisecond as the last one are added, so that a page *before* that time misses none.
        """
        latest = "+inf" if before is None else f"({before.timestamp() * 1000:.0f}"
        with translated("listing unmapped bodies"):
            names = self._sources() if sources is None else sources
            lists: list[Any] = [
                self.client.zrevrangebyscore(
                    keys.unmapped_of(name), latest, "-inf", start=0, num=limit, withscores=True
                )
                for name in names
            ]
            newest_ids = heapq.nlargest(limit, ((score, id) for entries in lists for id, score in entries))
            if len(newest_ids) == limit:  # the page may end in the middle of a millisecond
                last = newest_ids[-1][0]
                ids: list[Any] = [self.client.zrangebyscore(keys.unmapped_of(name), last, last) for name in names]
                ties = {(last, id) for ids_of_source in ids for id in ids_of_source}
                newest_ids = sorted(ties.union(newest_ids), reverse=True)
            with self.client.pipeline(transaction=False) as pipe:
                for _, id in newest_ids:
                    pipe.hmget(keys.unmapped(id), "source", "reason", "why", "size")
                rows: list[Any] = pipe.execute()
        return [
            {
                "id": id,
                "source": source,
                "received": from_ms(score).isoformat(timespec="milliseconds"),
                "reason": reason,
                "why": why,
                "bytes": int(size),
            }
            for (score, id), (source, reason, why, size) in zip(newest_ids, rows, strict=True)
            if source is not None
        ]

    def get(self, id: str, sources: Sequence[str] | None) -> StoredBody:
        """Raises: NotFound, also if the body belongs to none of *sources*."""
        with translated("reading an unmapped body"):
            fields: Any = self.client.hgetall(keys.unmapped(id))
        if not fields or (sources is not None and fields["source"] not in sources):
            raise NotFound("unmapped body", id)
        unmapped = decode(fields["document"], fields["source"], fields["reason"], fields["why"])
        return StoredBody(id, from_ms(fields["received"]), int(fields["size"]), unmapped)

    def drop(self, source: str, ids: Sequence[str]) -> int:
        """How many of *ids* were removed."""
        names, args = DropUnmappedKeys(keys.unmapped_of(source)), DropUnmappedArgs(source, "")
        with translated("removing unmapped bodies"):
            return int(DROP.call(self.client, names, [*args, *ids]))

    def counts(self) -> dict[str, int]:
        """How many are stored, by source."""
        with translated("counting unmapped bodies"):
            names = self._sources()
            return {name: int(self.client.zcard(keys.unmapped_of(name))) for name in names}

    def trim(self) -> None:
        """Removes those whose retention has ended."""
        with translated("trimming unmapped bodies"):
            names = self._sources()
            if not names:
                return
            seconds, _ = self.client.time()
            before_ms = int((int(seconds) - self._retention.total_seconds()) * 1000)
            for name in names:
                DROP.call(self.client, DropUnmappedKeys(keys.unmapped_of(name)), DropUnmappedArgs(name, before_ms))

    def _sources(self) -> list[str]:
        names: Any = self.client.hkeys(keys.UNMAPPED_SIZES)
        return sorted(names)


def encode(unmapped: UnmappedBody) -> str:
    try:
        body = {"text": unmapped.body.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(unmapped.body).decode("ascii")}
    return dumps(
        {
            **body,
            "problems": list(unmapped.problems),
            "headers": unmapped.headers,
            "query": unmapped.query,
            "path": unmapped.path,
        }
    )


def decode(document: str, source: str, reason: Reason, why: str) -> UnmappedBody:
    fields = json.loads(document)
    body = fields["text"].encode("utf-8") if "text" in fields else base64.b64decode(fields["base64"])
    problems, path = tuple(fields["problems"]), tuple(fields["path"])
    return UnmappedBody(source, reason, why, body, problems, fields["headers"], fields["query"], path)
