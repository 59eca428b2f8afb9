"""The ledger's timers: which are due, and what was decided of them. Operators' lists are in `upcoming_timers`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

import redis

from gateway.encoding import dumps
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.times import from_ms, to_ms
from gateway.timing.facts import merge
from gateway.timing.operations import Field, Occasion

log = logging.getLogger(__name__)

MAX_ITEMS = 1_000
"""The largest number of items in a rollup."""
LOAN_MS = 10_000
"""After this time, a timer whose dispatcher has died is visible to the others again."""
PAGE = 500

DUE = Script("due_timers")
ADVANCE = Script("advance", "timing")
CANCEL = Script("cancel_timer", "timing")


@dataclass(frozen=True, slots=True)
class StoredTimer:
    """A timer that must be evaluated."""

    id: str
    event_type: str
    source: str
    subject: str
    keys: tuple[str, ...]
    at: datetime
    looked_at: datetime | None
    """When it was last evaluated; None if never."""
    version: str
    """Changes whenever the timer is set again; only a caller that knows it may fire the timer."""
    set_by: str
    """Id of the event that set it."""
    data: Mapping[str, Any]
    """What is known about the subject; for a threshold, the data of the event that crossed it."""


@dataclass(frozen=True, slots=True)
class TimerEvaluation:
    """The result of evaluating a timer at *now*."""

    timer: StoredTimer
    next: datetime | None
    """When the timer must be evaluated again; None if it is done."""
    now: datetime
    occasion: Occasion | None = None
    """The occasion of the event that the timer makes; None if a source could not post the same one."""


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


class Timers:
    """Timers of all types. Every method raises StoreUnavailable."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self._retention_s = int(settings.retention.total_seconds())

    def due(self, event_types: Sequence[str], most: int) -> tuple[datetime, list[StoredTimer]]:
        """The server's time, and at most *most* timers of each type that must be evaluated.

        They are reserved for the caller for ten seconds.
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
        """Stores evaluations that made no event; that of a timer which has changed since is ignored."""
        self._advance([(evaluation.timer, evaluation.next, to_ms(evaluation.now)) for evaluation in evaluations])

    def move(self, moves: Sequence[tuple[StoredTimer, datetime]]) -> None:
        """Sets when timers must be evaluated next; a timer that has changed since stays as it is."""
        self._advance([(timer, next, "") for timer, next in moves])

    def _advance(self, changes: Sequence[tuple[StoredTimer, datetime | None, int | str]]) -> None:
        """*changes*: timer, its next evaluation time, and when it was evaluated (empty if it was not)."""
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
        """The items of a rollup that were opened at or before *before*, and whether it has anything open at all.

        The oldest come first, at most MAX_ITEMS, with at most *max_bytes* of JSON together.
        """
        with translated("reading what a rollup has gathered"):
            members: Any = self.client.zrange(
                keys.open_items(rollup.id), "-inf", to_ms(before), byscore=True, offset=0, num=MAX_ITEMS
            )
            texts: Any = self.client.hmget(keys.items(rollup.id), members) if members else []
            is_open = any(texts) or bool(self.client.exists(keys.open_items(rollup.id)))
        items = [json.loads(text) for text in texts if text]
        sizes = accumulate(len(dumps(item).encode()) + 1 for item in items)  # and a comma for each
        fitting = [item for item, size in zip(items, sizes, strict=True) if size <= max_bytes]
        if len(fitting) < len(items):
            log.warning("a rollup of %d items is too large for an event: it shows %d", len(items), len(fitting))
        return fitting, is_open

    # ------------------------------------------------------------------ following the configuration

    def looks(self) -> Mapping[str, str]:
        """By event type, what the evaluation times of its timers were computed from."""
        with translated("reading how timers are looked at"):
            computed_from: Any = self.client.hgetall(keys.LOOKS)
            return dict(computed_from)

    def remember_looks(self, event_type: str, computed_from: str) -> None:
        with translated("remembering how timers are looked at"):
            self.client.hset(keys.LOOKS, event_type, computed_from)

    def pages(self, event_type: str) -> Iterator[list[StoredTimer]]:
        """All timers of a type, some hundred at a time, in no order; a timer that moves meanwhile may come twice."""
        cursor = 0
        while True:
            with translated("reading timers"):
                answer: Any = self.client.zscan(keys.timers(event_type), cursor, count=PAGE)
                cursor, entries = answer
                yield [timer for timer, _ in read_timers(self.client, [(id, score) for id, score in entries])]
            if cursor == 0:
                return

    # ------------------------------------------------------------------ operators

    def get(self, id: str) -> StoredTimer | None:
        with translated("reading a timer"):
            fields: Any = self.client.hgetall(keys.timer(id))
        return decode_timer(id, fields) if "record" in fields else None

    def cancel(self, id: str) -> bool:
        """Cancels a timer; whether it existed. It does not fire any more, and what a rollup has gathered is deleted."""
        names = CancelTimerKeys(keys.timer(id), keys.open_items(id), keys.items(id))
        with translated("cancelling a timer"):
            return bool(CANCEL.call(self.client, names, CancelTimerArgs(id)))


def read_timers(client: redis.Redis, entries: Sequence[tuple[str, float]]) -> list[tuple[StoredTimer, datetime]]:
    """The timers of (id, time of the next look), with these times; those that are gone are left out."""
    with client.pipeline(transaction=False) as pipe:
        for id, _ in entries:
            pipe.hgetall(keys.timer(id))
        rows = pipe.execute()
    return [
        (decode_timer(id, fields), from_ms(score))
        for (id, score), fields in zip(entries, rows, strict=True)
        if "record" in fields
    ]


def decode_timer(id: str, fields: Mapping[str, str]) -> StoredTimer:
    """A timer from its hash; the row of a due timer also has the facts about its subject."""
    record = json.loads(fields["record"])
    facts: list[tuple[int, Field, Any]] = []
    for name, text in fields.items():
        scope, _, field = name.partition(" ")
        if scope in ("facts", "own") and field.startswith("["):  # else it is a mark of a cancellation
            time, _, value = text.partition(" ")
            facts.append((int(time), tuple(json.loads(field)), json.loads(value)))
    return StoredTimer(
        id=id,
        event_type=fields["type"],
        source=fields["source"],
        subject=record["subject"],
        keys=tuple(record["keys"]),
        at=from_ms(fields["at"]),
        looked_at=from_ms(fields["looked"]) if fields.get("looked") else None,
        version=fields["version"],
        set_by=record["set_by"],
        data={**merge(facts), **json.loads(fields["data"])},
    )
