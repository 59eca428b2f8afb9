"""Walks the ledger's indexes from the newest entry to the oldest, and finds entries that are in several of them.

The entries that a list asks for are in one index of each *union* and in none that is *excluded*. The smallest union is
walked page by page, as far as somebody asks for more, and the server looks up the entries of each page in the other
indexes. Entries added meanwhile are newer than the current position, so nothing is read twice or missed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple, TypeVar

import redis

from gateway.store.client import Script

PAGE = 200
"""How many entries the first read of an index examines; each further read examines twice as many."""
MAX_PAGE = 4_000
"""The limit; a read of this size occupies the server for some milliseconds."""
FIND = Script("find_entries")

T = TypeVar("T")
Entry = tuple[float, str]
"""Time in ms, and id."""
BATCH = 200
"""How many rows one round trip reads while a filter looks for matches."""
LAST_ID = "~"
"""Sorts after every id with the same time."""


class FindEntriesKeys(NamedTuple):
    """find_entries.lua"""

    walked: str


class FindEntriesArgs(NamedTuple):
    """find_entries.lua"""

    newest: float | str
    oldest: float | str
    passed_over: int
    most: int
    by_event: str
    unions: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Search:
    """What to find: entries older than *before* and newer than *after*."""

    unions: Sequence[Sequence[str]] = ()
    """An entry must be in an index of each."""
    excluded: Sequence[str] = ()
    before: Entry | None = None
    after: Entry | None = None
    by_event: bool = False
    """Whether the walked indexes are of deliveries, and the unions of events."""


def to_cursor(entry: Entry) -> str:
    """A place in a list, as shown in the API; `web.parameters` parses it."""
    return f"{int(entry[0])}-{entry[1]}"


def find(client: redis.Redis, search: Search) -> Iterator[Entry]:
    """The entries that *search* asks for, newest first, with the times of the smallest union. No entry may be in two
    indexes of one union."""
    names = sorted({index for union in search.unions for index in union}.union(search.excluded))
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.zcard(name)
        sizes = dict(zip(names, pipe.execute(), strict=True))
    walked, *others = sorted(
        ([index for index in union if sizes[index]] for union in search.unions),
        key=lambda union: sum(sizes[index] for index in union),
    )
    # The largest index first: it probably rules out most entries, and each further index is asked about fewer.
    excluded = sorted((index for index in search.excluded if sizes[index]), key=lambda index: -sizes[index])
    return newest_first(client, walked, Search(others, excluded, search.before, search.after))


def newest_first(client: redis.Redis, indexes: Sequence[str], search: Search = Search()) -> Iterator[Entry]:
    """The entries of all *indexes* that *search* asks for, newest first across them."""
    walks = [_walk(client, index, search) for index in indexes]
    return iter(heapq.merge(*walks, reverse=True))


def beside(client: redis.Redis, indexes: Sequence[str], covers: Sequence[str], search: Search) -> Iterator[Entry]:
    """Like `newest_first`, if the entries of *covers*, which are among those that *search* excludes, are also in
    *indexes* with the same times.

    A hundred thousand of them may be newer than the first wanted entry. So a stretch of time is skipped if both have
    the same number of entries in it, which the server can count without examining them. Otherwise it is halved, down to
    stretches of a page.
    """
    with client.pipeline(transaction=False) as pipe:
        for index in indexes:
            pipe.zrange(index, 0, 0, withscores=True)
            pipe.zrange(index, -1, -1, withscores=True)
        times = [int(time) for answer in pipe.execute() for _, time in answer]
    if not times:
        return
    newest = max(times) if search.before is None else min(max(times), int(search.before[0]))
    oldest = min(times) if search.after is None else max(min(times), int(search.after[0]))
    stretches = [(oldest, newest)]
    while stretches:
        start, end = stretches.pop()
        with client.pipeline(transaction=True) as pipe:  # the counts are taken at one moment
            for index in (*indexes, *covers):
                pipe.zcount(index, start, end)
            counts: list[int] = pipe.execute()
        count, covered = sum(counts[: len(indexes)]), sum(counts[len(indexes) :])
        if count == covered:
            continue
        if count > MAX_PAGE and start < end:
            middle = (start + end) // 2
            stretches += [(start, middle), (middle + 1, end)]  # the newer half is on top of the stack, and comes first
            continue
        before = search.before if search.before and search.before < (end, LAST_ID) else (end, LAST_ID)
        after = search.after if search.after and search.after > (start, "") else (start, "")
        yield from newest_first(client, indexes, replace(search, before=before, after=after))


def _walk(client: redis.Redis, index: str, search: Search) -> Iterator[Entry]:
    # The position in the index is a time, and how many entries with exactly this time were read: events that are
    # accepted together have the same time, which may be hundreds.
    before, after = search.before, search.after
    place: float | str = "+inf" if before is None else before[0]
    oldest: float | str = "-inf" if after is None else after[0]
    names = [index, *(name for union in search.unions for name in union), *search.excluded]
    passed_over, size = 0, PAGE
    while True:
        args = FindEntriesArgs(
            newest=place,
            oldest=oldest,
            passed_over=passed_over,
            most=size,
            by_event="1" if search.by_event else "",
            unions=len(search.unions),
            excluded=len(search.excluded),
        )
        looked_at, last, passed_over, *flat = FIND.call(client, names, [*args, *map(len, search.unions)])
        for id, time in zip(flat[::2], flat[1::2], strict=True):
            entry = float(time), id
            if (before is None or entry < before) and (after is None or entry > after):
                yield entry
        if looked_at < size:
            return
        place, size = float(last), min(MAX_PAGE, size * 2)


def batched(items: Iterator[T]) -> Iterator[list[T]]:
    """*items* in lists of BATCH; `itertools.batched` came with Python 3.12."""
    while batch := list(islice(items, BATCH)):
        yield batch
