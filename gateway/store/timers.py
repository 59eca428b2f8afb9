"""The ledger's timers: which are due, what was decided of them, which there are."""

from __future__ import annotations

import heapq
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, islice
from typing import Any, NamedTuple

import redis

from gateway.encoding import dumps
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.store.index_walk import Entry
from gateway.store.stored_timers import StoredTimer, TimerEvaluation, decode_timer
from gateway.times import from_ms, to_ms

log = logging.getLogger(__name__)

MAX_ITEMS = 1_000
"""In a rollup."""
LOAN_MS = 10_000
"""A timer whose dispatcher died on the way is seen again by the others after this."""
PAGE = 500
MAX_FOUND = 2_000
"""Timers that one read of an index brings: the server does nothing else for a millisecond."""
MIN_FOUND = 50

DUE = Script("due_timers")
ADVANCE = Script("advance", "timing")
CANCEL = Script("cancel_timer", "timing")
FIND = Script("find_timers")


class DueArgs(NamedTuple):
    """due_timers.lua"""

    most: int
    types: int
    loan_ms: int
    timer_prefix: str = keys.TIMER_PREFIX
    facts_prefix: str = keys.FACTS_PREFIX


class AdvanceArgs(NamedTuple):
    """advance.lua"""

    lives_s: int
    timers: int


class TimerKeys(NamedTuple):
    """advance.lua"""

    timers_key: str
    timer_key: str


class TimerArgs(NamedTuple):
    """advance.lua"""

    id: str
    version: str
    next_look: int | str
    evaluated_at: int | str


class CancelTimerKeys(NamedTuple):
    """cancel_timer.lua"""

    timer_key: str
    open_key: str
    items_key: str


class CancelTimerArgs(NamedTuple):
    """cancel_timer.lua"""

    id: str
    timers_prefix: str = keys.TIMERS_PREFIX


class FindTimersKeys(NamedTuple):
    """find_timers.lua"""

    timers_key: str


class FindTimersArgs(NamedTuple):
    """find_timers.lua"""

    earliest: float | str
    latest: float | str
    passed_over: int
    most: int
    timer_prefix: str = keys.TIMER_PREFIX


class Timers:
    """Timers of all types. Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._retention_s = int(settings.retention.total_seconds())

    def due(self, event_types: Sequence[str], most: int) -> tuple[datetime, list[StoredTimer]]:
        """The server's time, and at most *most* timers of each type that must be looked at.

        The caller has them alone for ten seconds.
        """
        with translated("looking for due timers"):
            names = [keys.timers(event_type) for event_type in event_types]
            now, *rows = DUE.call(self.client, names, DueArgs(most, len(names), LOAN_MS))
        timers = []
        for id, *flat in rows:
            fields = dict(zip(flat[::2], flat[1::2], strict=True))
            if "record" in fields:
                timers.append(decode_timer(id, fields))
        return from_ms(now), timers

    def advance(self, evaluations: Sequence[TimerEvaluation]) -> None:
        """Stores evaluations that made no event; that of a timer which has changed since counts for nothing."""
        self._advance([(evaluation.timer, evaluation.next, to_ms(evaluation.now)) for evaluation in evaluations])

    def move(self, moves: Sequence[tuple[StoredTimer, datetime]]) -> None:
        """Sets when timers must be looked at next; a timer that has changed since stays as it is."""
        self._advance([(timer, next, "") for timer, next in moves])

    def _advance(self, changes: Sequence[tuple[StoredTimer, datetime | None, int | str]]) -> None:
        """*changes*: (timer, its next look, when it was evaluated; empty: it was not)."""
        if not changes:
            return
        names: list[str] = []
        args: list[Any] = [*AdvanceArgs(self._retention_s, len(changes))]
        for timer, next, evaluated_at in changes:
            names += TimerKeys(keys.timers(timer.event_type), keys.timer(timer.id))
            args += TimerArgs(timer.id, timer.version, to_ms(next) if next else "", evaluated_at)
        with translated("advancing timers"):
            ADVANCE.call(self.client, names, args)

    # ------------------------------------------------------------------ rollups

    def gathered(self, rollup: StoredTimer, before: datetime, max_bytes: int) -> tuple[list[Any], bool]:
        """(the items of a rollup that were opened at or before *before*, whether it has anything open at all).

        The oldest come first, at most MAX_ITEMS of them, which are no longer than *max_bytes* together as JSON.
        """
        with translated("reading what a rollup has gathered"):
            members: Any = self.client.zrange(
                keys.open_items(rollup.id), "-inf", to_ms(before), byscore=True, offset=0, num=MAX_ITEMS
            )
            texts: Any = self.client.hmget(keys.items(rollup.id), members) if members else []
            is_open = any(texts) or bool(self.client.exists(keys.open_items(rollup.id)))
        items = [json.loads(text) for text in texts if text]
        sizes = accumulate(len(dumps(item).encode()) + 1 for item in items)
        fitting = [item for item, size in zip(items, sizes, strict=True) if size <= max_bytes]
        if len(fitting) < len(items):
            log.warning("a rollup of %d items is too large for an event: it shows %d", len(items), len(fitting))
        return fitting, is_open

    # ------------------------------------------------------------------ following the configuration

    def looks(self) -> Mapping[str, str]:
        """By event type: what its timers' times of looks were computed from."""
        with translated("reading how timers are looked at"):
            computed_from: Any = self.client.hgetall(keys.LOOKS)
            return dict(computed_from)

    def remember_looks(self, event_type: str, computed_from: str) -> None:
        with translated("remembering how timers are looked at"):
            self.client.hset(keys.LOOKS, event_type, computed_from)

    def pages(self, event_type: str) -> Iterator[list[StoredTimer]]:
        """All timers of a type, some hundred at a time, in no order; one that moves meanwhile may come twice."""
        cursor = 0
        while True:
            with translated("reading timers"):
                answer: Any = self.client.zscan(keys.timers(event_type), cursor, count=PAGE)
                cursor, entries = answer
                yield [timer for timer, _ in self._read([(id, score) for id, score in entries])]
            if cursor == 0:
                return

    # ------------------------------------------------------------------ operators

    def upcoming(
        self,
        event_types: Sequence[str],
        limit: int,
        sources: Sequence[str] | None = None,
        subject: str | None = None,
        *,
        before: Entry | None = None,
        after: Entry | None = None,
    ) -> list[tuple[StoredTimer, datetime]]:
        """Timers with the times of their next looks, the next first; of *sources* (None: all) and about *subject*.

        Only those whose look, and then id, comes before *before* and after *after*.
        """
        with translated("listing timers"):
            with self.client.pipeline(transaction=False) as pipe:
                for event_type in event_types:
                    pipe.exists(keys.timers(event_type))
                types = [name for name, exists in zip(event_types, pipe.execute(), strict=True) if exists]
            entries: Iterator[Entry]
            if subject is None:
                entries = iter(heapq.merge(*(self._walk(name, sources, before, after) for name in types)))
            else:
                known: Any = self.client.smembers(keys.SOURCES) if sources is None else sources
                entries = iter(sorted(self._about(subject, types, known)))
            timers: list[tuple[StoredTimer, datetime]] = []
            while len(timers) < limit and (page := list(islice(entries, limit - len(timers)))):
                timers += self._read(
                    [
                        (id, score)
                        for score, id in page
                        if (before is None or (score, id) < before) and (after is None or (score, id) > after)
                    ]
                )
        return timers

    def _walk(
        self, event_type: str, sources: Sequence[str] | None, before: Entry | None, after: Entry | None
    ) -> Iterator[Entry]:
        """The timers of a type, the next one first, read a page at a time as far as somebody asks for more."""
        if sources is not None and not sources:
            return
        newest: float | str = "+inf" if before is None else before[0]
        place: float | str = "-inf" if after is None else after[0]
        passed_over, size = 0, MIN_FOUND
        while True:
            args = [*FindTimersArgs(place, newest, passed_over, size), *(sources or ())]
            looked_at, last, at_last, *flat = FIND.call(self.client, [*FindTimersKeys(keys.timers(event_type))], args)
            yield from ((float(time), id) for id, time in zip(flat[::2], flat[1::2], strict=True))
            if looked_at < size:
                return
            passed_over = at_last + (passed_over if float(last) == place else 0)
            place, size = float(last), min(MAX_FOUND, size * 2)

    def _about(self, subject: str, event_types: Sequence[str], sources: Iterable[str]) -> list[Entry]:
        """The timers of one subject: their ids are made from it, so that none has to be looked for."""
        families = [
            (event_type, keys.family(source, event_type, subject)) for event_type in event_types for source in sources
        ]
        with self.client.pipeline(transaction=False) as pipe:
            for _, family in families:
                pipe.smembers(keys.timers_of(family))
            members = pipe.execute()
        ids = [
            (event_type, id)
            for (event_type, family), others in zip(families, members, strict=True)
            for id in {family, *others}
        ]
        with self.client.pipeline(transaction=False) as pipe:
            for event_type, id in ids:
                pipe.zscore(keys.timers(event_type), id)
            scores = pipe.execute()
        return [(score, id) for (_, id), score in zip(ids, scores, strict=True) if score is not None]

    def get(self, id: str) -> StoredTimer | None:
        with translated("reading a timer"):
            fields: Any = self.client.hgetall(keys.timer(id))
        return decode_timer(id, fields) if "record" in fields else None

    def cancel(self, id: str) -> bool:
        """Whether there was such a timer; it fires no more, and what a rollup has gathered is gone."""
        names = CancelTimerKeys(keys.timer(id), keys.open_items(id), keys.items(id))
        with translated("cancelling a timer"):
            return bool(CANCEL.call(self.client, names, CancelTimerArgs(id)))

    def _read(self, entries: Sequence[tuple[str, float]]) -> list[tuple[StoredTimer, datetime]]:
        with self.client.pipeline(transaction=False) as pipe:
            for id, _ in entries:
                pipe.hgetall(keys.timer(id))
            rows = pipe.execute()
        return [
            (decode_timer(id, fields), from_ms(score))
            for (id, score), fields in zip(entries, rows, strict=True)
            if "record" in fields
        ]
