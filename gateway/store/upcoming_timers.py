"""The timers that are to come, as operators see them: in the order of their next looks, by page, source and subject."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import redis

from gateway.store import keys
from gateway.store.client import Script, translated
from gateway.store.index_walk import Entry
from gateway.store.timers import StoredTimer, read_timers

MAX_FOUND = 2_000
"""How many timers one read of an index returns; the server does nothing else for a millisecond."""
MIN_FOUND = 50

FIND = Script("find_timers")


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


def list_upcoming(
    client: redis.Redis,
    event_types: Sequence[str],
    limit: int,
    sources: Sequence[str] | None = None,
    subject: str | None = None,
    *,
    before: Entry | None = None,
    after: Entry | None = None,
) -> list[tuple[StoredTimer, datetime]]:
    """Timers with their next evaluation times, the next first; of *sources* (None for all) and about *subject*.

    Only those whose evaluation time, and then id, is before *before* and after *after*.
    """
    with translated("listing timers"):
        with client.pipeline(transaction=False) as pipe:
            for event_type in event_types:
                pipe.exists(keys.timers(event_type))
            types = [name for name, exists in zip(event_types, pipe.execute(), strict=True) if exists]
        entries: Iterator[Entry]
        if subject is None:
            entries = iter(heapq.merge(*(_walk(client, name, sources, before, after) for name in types)))
        else:
            source_names: Any = client.smembers(keys.SOURCES) if sources is None else sources
            entries = iter(sorted(_about(client, subject, types, source_names)))
        timers: list[tuple[StoredTimer, datetime]] = []
        while len(timers) < limit and (page := list(islice(entries, limit - len(timers)))):
            timers += read_timers(
                client,
                [
                    (id, score)
                    for score, id in page
                    if (before is None or (score, id) < before) and (after is None or (score, id) > after)
                ],
            )
    return timers


def _walk(
    client: redis.Redis, event_type: str, sources: Sequence[str] | None, before: Entry | None, after: Entry | None
) -> Iterator[Entry]:
    """The timers of a type, the next one first, read page by page as far as they are needed."""
    if sources is not None and not sources:  # the script takes an empty list for all sources
        return
    latest: float | str = "+inf" if before is None else before[0]
    place: float | str = "-inf" if after is None else after[0]
    # The position is a time, and how many timers with exactly this time were read: an import may set thousands for one
    # moment.
    passed_over, size = 0, MIN_FOUND
    while True:
        args = [*FindTimersArgs(place, latest, passed_over, size), *(sources or ())]
        looked_at, last, at_last, *flat = FIND.call(client, [*FindTimersKeys(keys.timers(event_type))], args)
        yield from ((float(time), id) for id, time in zip(flat[::2], flat[1::2], strict=True))
        if looked_at < size:
            return
        passed_over = at_last + (passed_over if float(last) == place else 0)
        place, size = float(last), min(MAX_FOUND, size * 2)


def _about(client: redis.Redis, subject: str, event_types: Sequence[str], sources: Iterable[str]) -> list[Entry]:
    """The timers of one subject; their ids are derived from it, so nothing has to be searched."""
    families = [
        (event_type, keys.family(source, event_type, subject)) for event_type in event_types for source in sources
    ]
    with client.pipeline(transaction=False) as pipe:
        for _, family in families:
            pipe.smembers(keys.timers_of(family))
        members = pipe.execute()
    ids = [
        (event_type, id)
        for (event_type, family), others in zip(families, members, strict=True)
        for id in {family, *others}
    ]
    with client.pipeline(transaction=False) as pipe:
        for event_type, id in ids:
            pipe.zscore(keys.timers(event_type), id)
        scores = pipe.execute()
    return [(score, id) for (_, id), score in zip(ids, scores, strict=True) if score is not None]
