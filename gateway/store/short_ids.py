"""Finds ids by their first characters, since nobody types an id of 24 characters.

The deliveries of an event differ only at their end: `6ce66ee5-2` stands for `6ce66ee5ad10247474c9746d-2`. A complete id
is found by itself, whatever other ids begin with it. Otherwise the indexes are walked from the newest entry on, up to a
limit, since people mostly ask for recent events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
import redis

from gateway.store import keys
from gateway.store.client import translated
from gateway.store.index_walk import PAGE, newest_first

MAX_IDS = 10
"""How many ids an answer has."""
MAX_WALKED = 100_000
"""How many deliveries or timers are examined."""
MAX_EVENTS_WALKED = 10_000
"""Fewer, since each event must be read: the index does not have the ids that sources give."""


class ShortIds:
    """Each method returns at most MAX_IDS + 1 ids, the newest first, and raises StoreUnavailable.

    *sources* limits which are visible; None for all.
    """

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def events(self, beginning: str, sources: Sequence[str] | None) -> list[str]:
        with translated("looking for an event"):
            names = self._sources(sources)
            if any(self.client.exists(keys.event(keys.event_key(name, beginning))) for name in names):
                return [beginning]
            digests = newest_first(self.client, [keys.events_of(name) for name in names])
            ids = self._event_ids(digest for _, digest in islice(digests, MAX_EVENTS_WALKED))
            return first_visible(id for id in ids if id.startswith(beginning))

    def deliveries(self, beginning: str, sources: Sequence[str] | None) -> list[str]:
        with translated("looking for a delivery"):
            names = self._sources(sources)
            if self._source_of(keys.delivery(beginning)) in names:
                return [beginning]
            indexes = [*(keys.deliveries_of(name) for name in names), keys.DEAD]  # dead deliveries are kept longer
            walked = (id for _, id in islice(newest_first(self.client, indexes), MAX_WALKED))
            matching = (id for id in walked if is_short_for(beginning, id))
            return first_visible(matching, lambda match: self._source_of(keys.delivery(match)) in names)

    def timers(self, beginning: str, sources: Sequence[str] | None, event_types: Iterable[str]) -> list[str]:
        with translated("looking for a timer"):
            names = self._sources(sources)
            if self._source_of(keys.timer(beginning)) in names:
                return [beginning]
            indexes = [keys.timers(event_type) for event_type in event_types]
            walked = (id for _, id in islice(newest_first(self.client, indexes), MAX_WALKED))
            matching = (id for id in walked if id.startswith(beginning))
            return first_visible(matching, lambda match: self._source_of(keys.timer(match)) in names)

    def _source_of(self, key: str) -> str | None:
        source: Any = self.client.hget(key, "source")
        return None if source is None else str(source)

    def _event_ids(self, digests: Iterator[str]) -> Iterator[str]:
        while page := list(islice(digests, PAGE)):
            with self.client.pipeline(transaction=False) as pipe:
                for digest in page:
                    pipe.hget(keys.event(digest), "event")
                yield from (orjson.loads(document)["id"] for document in pipe.execute() if document)

    def _sources(self, sources: Sequence[str] | None) -> list[str]:
        if sources is not None:
            return list(sources)
        stored: Any = self.client.smembers(keys.SOURCES)
        return sorted(stored)


def is_short_for(text: str, delivery: str) -> bool:
    """Whether *text* stands for the *delivery*: its beginning, or that of its event with the delivery's number."""
    beginning, _, number = text.rpartition("-")
    is_numbered = bool(beginning) and delivery.startswith(beginning) and delivery.endswith(f"-{number}")
    return delivery.startswith(text) or is_numbered


def first_visible(ids: Iterable[str], is_visible: Callable[[str], bool] = lambda _: True) -> list[str]:
    """The first MAX_IDS + 1 of *ids* that are visible, without duplicates."""
    first: list[str] = []
    for id in ids:  # ends the walk as soon as there are enough
        if id not in first and is_visible(id):
            first.append(id)
            if len(first) > MAX_IDS:
                break
    return first
