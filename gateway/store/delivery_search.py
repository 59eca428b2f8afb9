"""Which deliveries a list shows: those that match every filter, newest first.

What is few is read as a whole: the deliveries of an event, and those that are under way. Everything else is found by
the indexes. What was found is compared with the deliveries themselves, which may have changed since.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import redis

from gateway.model import DeliveryState
from gateway.store import keys
from gateway.store.index_walk import Entry, Search, batched, beside, find

FILTERED = ("source", "state", "target", "event_id")
"""The fields of a delivery that filters look at, as `DeliverySearch.has` takes them."""


@dataclass(frozen=True, slots=True)
class DeliverySearch:
    """What is wanted: deliveries that are older than *before*, newer than *after*, and have what is not None."""

    sources: frozenset[str]
    is_of_all_sources: bool
    state: str | None
    targets: frozenset[str] | None
    event: str | None
    before: Entry | None
    after: Entry | None

    def has(self, source: str, state: str | None, target: str, event: str) -> bool:
        """Whether a delivery with these fields is wanted; one without a state has expired."""
        return (
            state is not None
            and source in self.sources
            and self.state in (None, state)
            and (self.targets is None or target in self.targets)
            and self.event in (None, event)
        )


def find_deliveries(client: redis.Redis, wanted: DeliverySearch) -> Iterator[Entry]:
    """The deliveries that are *wanted*, newest first, read as far as somebody asks for more."""
    before, after = wanted.before, wanted.after
    few: list[Entry] | None = None
    if wanted.event is not None:
        few = _of_event(client, wanted.event, wanted)
    elif wanted.state == DeliveryState.SENDING:  # no more are leased than all workers send at once
        leased: Any = client.zrange(keys.LEASES, 0, -1)
        times: Any = client.zmscore(keys.index("open"), leased) if leased else []
        few = sorted(((time, id) for time, id in zip(times, leased, strict=True) if time is not None), reverse=True)
    entries: Iterator[Entry]
    if few is not None:
        entries = (entry for entry in few if (before is None or entry < before) and (after is None or entry > after))
    else:
        unions, excluded = _indexes_of(wanted)
        search = Search(unions, excluded, before, after)
        if wanted.state == DeliveryState.DELIVERED and wanted.is_of_all_sources and wanted.targets is None:
            # For all sources together, open and held deliveries are in the sources' indexes with the same times.
            covers = [keys.index("open"), keys.index("held")]
            entries = beside(client, unions[0], covers, replace(search, unions=()))
        else:
            entries = find(client, search)
    for batch in batched(entries):
        with client.pipeline(transaction=False) as pipe:
            for _, id in batch:
                pipe.hmget(keys.delivery(id), FILTERED)
            rows = pipe.execute()
        yield from (entry for entry, row in zip(batch, rows, strict=True) if wanted.has(*row))


def _of_event(client: redis.Redis, event: str, wanted: DeliverySearch) -> list[Entry]:
    """The deliveries of the events with this id, of all sources that are wanted, newest first."""
    sources = sorted(wanted.sources)
    with client.pipeline(transaction=False) as pipe:
        for source in sources:
            pipe.hget(keys.event(keys.event_key(source, event)), "answer")
        answers = pipe.execute()
    ids = [
        (source, delivery["id"])
        for source, answer in zip(sources, answers, strict=True)
        if answer
        for delivery in json.loads(answer)["deliveries"]
    ]
    is_dead = wanted.state == DeliveryState.DEAD
    # The times must be those of the list to which a cursor belongs: dead letters are listed by death. A delivery that
    # was trimmed from the index has no time any more, and comes last.
    with client.pipeline(transaction=False) as pipe:
        for source, id in ids:
            pipe.zscore(keys.DEAD if is_dead else keys.deliveries_of(source), id)
        scores = pipe.execute()
    return sorted(((float(score or 0), id) for (_, id), score in zip(ids, scores, strict=True)), reverse=True)


def _indexes_of(wanted: DeliverySearch) -> tuple[list[list[str]], list[str]]:
    """(unions, excluded) of `find`. Dead letters have indexes of their own, which keep them for as long as they are."""
    sources, state, targets = wanted.sources, wanted.state, wanted.targets
    if state == DeliveryState.DEAD:
        unions = [[keys.DEAD]] if wanted.is_of_all_sources else [[keys.index(f"dead-of:{name}") for name in sources]]
        if targets is not None:
            unions.append([keys.index(f"dead-to:{target}") for target in targets])
        return unions, []
    unions, excluded = [], []
    if state == DeliveryState.DELIVERED:  # these are in no other state
        excluded = [keys.DEAD, *(keys.index(name) for name in ("open", "held", "dropped", "discarded"))]
    elif state == DeliveryState.WAITING:
        unions, excluded = [[keys.index("open")]], [keys.LEASES]
    elif state is not None:
        unions = [[keys.index(state)]]
    if targets is not None:
        unions.append([keys.index(keys.target_index(target)) for target in targets])
    if not wanted.is_of_all_sources or not unions:
        unions.append([keys.deliveries_of(name) for name in sources])
    return unions, excluded
