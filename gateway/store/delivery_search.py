"""Finds the deliveries of a list: those that match every filter, newest first.

The deliveries of an event, and those that are under way, are few, so all of them are read. For any other list the
indexes give candidates. Either way each candidate is read and compared with the filters, since a delivery may have
changed after its index was read.
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
"""The fields of a delivery that are compared with the filters: the arguments of `DeliverySearch.has`, in order."""


@dataclass(frozen=True, slots=True)
class DeliverySearch:
    """The filters of a list of deliveries. A filter that is None matches every delivery."""

    sources: frozenset[str]
    is_of_all_sources: bool
    state: str | None
    targets: frozenset[str] | None
    event: str | None
    before: Entry | None
    """Only deliveries that are older than this entry."""
    after: Entry | None
    """Only deliveries that are newer than this entry."""

    def has(self, source: str, state: str | None, target: str, event: str) -> bool:
        """Whether a delivery with these fields matches the filters. A delivery without a state has expired."""
        return (
            state is not None
            and source in self.sources
            and self.state in (None, state)
            and (self.targets is None or target in self.targets)
            and self.event in (None, event)
        )


def find_deliveries(client: redis.Redis, filters: DeliverySearch) -> Iterator[Entry]:
    """The deliveries that match *filters*, newest first. They are read from the ledger as the iterator advances."""
    before, after = filters.before, filters.after
    few: list[Entry] | None = None
    if filters.event is not None:
        few = _of_event(client, filters.event, filters)
    elif filters.state == DeliveryState.SENDING:  # at most as many are leased as all workers send at once
        leased: Any = client.zrange(keys.LEASES, 0, -1)
        times: Any = client.zmscore(keys.index("open"), leased) if leased else []
        few = sorted(((time, id) for time, id in zip(times, leased, strict=True) if time is not None), reverse=True)
    entries: Iterator[Entry]
    if few is not None:
        entries = (entry for entry in few if (before is None or entry < before) and (after is None or entry > after))
    else:
        unions, excluded = _indexes_of(filters)
        search = Search(unions, excluded, before, after)
        if filters.state == DeliveryState.DELIVERED and filters.is_of_all_sources and filters.targets is None:
            # `beside` needs indexes whose entries are also in the walked one with the same times. That holds for open
            # and held deliveries when all sources are listed together.
            covers = [keys.index("open"), keys.index("held")]
            entries = beside(client, unions[0], covers, replace(search, unions=()))
        else:
            entries = find(client, search)
    for batch in batched(entries):
        with client.pipeline(transaction=False) as pipe:
            for _, id in batch:
                pipe.hmget(keys.delivery(id), FILTERED)
            rows = pipe.execute()
        yield from (entry for entry, row in zip(batch, rows, strict=True) if filters.has(*row))


def _of_event(client: redis.Redis, event: str, filters: DeliverySearch) -> list[Entry]:
    """The deliveries of the events with the id *event*, in any source of *filters*, newest first."""
    sources = sorted(filters.sources)
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
    is_dead = filters.state == DeliveryState.DEAD
    # The times must be those of the list to which a cursor belongs: dead letters are listed by death. A delivery that
    # was trimmed from the index has no time any more, and comes last.
    with client.pipeline(transaction=False) as pipe:
        for source, id in ids:
            pipe.zscore(keys.DEAD if is_dead else keys.deliveries_of(source), id)
        scores = pipe.execute()
    return sorted(((float(score or 0), id) for (_, id), score in zip(ids, scores, strict=True)), reverse=True)


def _indexes_of(filters: DeliverySearch) -> tuple[list[list[str]], list[str]]:
    """The arguments (unions, excluded) of `find`. Dead letters are kept longer than others and have indexes of their
    own."""
    sources, state, targets = filters.sources, filters.state, filters.targets
    if state == DeliveryState.DEAD:
        unions = [[keys.DEAD]] if filters.is_of_all_sources else [[keys.index(f"dead-of:{name}") for name in sources]]
        if targets is not None:
            unions.append([keys.index(f"dead-to:{target}") for target in targets])
        return unions, []
    unions, excluded = [], []
    if state == DeliveryState.DELIVERED:  # no index has just these: they are the deliveries in no other state
        excluded = [keys.DEAD, *(keys.index(name) for name in ("open", "held", "dropped", "discarded"))]
    elif state == DeliveryState.WAITING:
        unions, excluded = [[keys.index("open")]], [keys.LEASES]
    elif state is not None:
        unions = [[keys.index(state)]]
    if targets is not None:
        unions.append([keys.index(keys.target_index(target)) for target in targets])
    if not filters.is_of_all_sources or not unions:
        unions.append([keys.deliveries_of(name) for name in sources])
    return unions, excluded
