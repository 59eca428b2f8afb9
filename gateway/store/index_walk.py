"""Walking the ledger's indexes from the newest entry to the oldest."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

import redis

PAGE = 200
"""Entries that one read of an index brings."""

Entry = tuple[float, str]
"""(time in ms, id)"""


def newest_first(client: redis.Redis, indexes: Sequence[str], before: Entry | None = None) -> Iterator[Entry]:
    """The entries of all *indexes*, newest first over all of them; only those that come after *before* in that order.

    Each index is read a page at a time, as far as somebody asks for more. What is added meanwhile is newer than where
    the walk is, so nothing is read twice and nothing is left out.
    """
    walks = [_walk(client, index, before) for index in indexes]
    return iter(heapq.merge(*walks, reverse=True))


def _walk(client: redis.Redis, index: str, before: Entry | None) -> Iterator[Entry]:
    # The place in the index is a time and how many entries of just this time were read: hundreds of entries may have
    # the same one, since events that are accepted together do.
    newest: float | str = "+inf" if before is None else before[0]
    read_at_newest = 0
    while True:
        page: Any = client.zrange(
            index,
            newest,
            "-inf",
            desc=True,
            byscore=True,
            offset=read_at_newest,
            num=PAGE,
            withscores=True,
        )
        entries = [(float(score), member) for member, score in page]
        yield from (entry for entry in entries if before is None or entry < before)
        if len(entries) < PAGE:
            return
        last = entries[-1][0]
        at_last = sum(score == last for score, _ in entries)
        read_at_newest = at_last + (read_at_newest if last == newest else 0)
        newest = last
