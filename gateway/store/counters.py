"""The ledger's counters, shared by all processes: numbers that only grow.

The scripts count what they do themselves (`counters.lua`). What only a process knows, such as a refusal, is counted
here and added to the ledger every few seconds.
"""

from __future__ import annotations

import secrets
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis

from gateway.store import keys
from gateway.store.client import Script, translated

ADD = Script("add_counts", "counters")
FAMILIES = ("events", "refused", "unmapped", "ignored", "deliveries", "failures", "accept_us", "delivery_ms")
MAX_REASON = 60
"""The longest reason that a mapping may give, in characters."""
ACCEPT_BUCKETS_US = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000)
# As in `counters.lua`, which counts them.
DELIVERY_BUCKETS_MS = (
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000
)  # fmt: skip


class CountArgs(NamedTuple):
    """counters.lua"""

    count_prefix: str = keys.COUNT_PREFIX


class AddCountsKeys(NamedTuple):
    """add_counts.lua"""

    added: str


class AddCountsArgs(NamedTuple):
    """add_counts.lua"""

    number: int


class ProcessCounts:
    """What one process has counted and not yet added to the ledger. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._process = secrets.token_hex(8)
        # Two locks, so that a request that counts never waits for a round trip: `_lock` guards what is gathered, and is
        # held for a moment only; `_flushing` lets one thread at a time send.
        self._lock = threading.Lock()
        self._gathered: Counter[tuple[str, str]] = Counter()
        self._leaving: Counter[tuple[str, str]] = Counter()
        """What the call with this number adds; the call is repeated until it has an answer."""
        self._number = 0
        self._flushing = threading.Lock()

    def refuse(self, reason: str) -> None:
        """Counts a refused event, or a refused request with events."""
        with self._lock:
            self._gathered["refused", reason] += 1

    def ignore(self, source: str, reason: str) -> None:
        """Counts a payload that a mapping of *source* ignores."""
        with self._lock:
            self._gathered["ignored", f"{source} {reason[:MAX_REASON]}"] += 1

    def accept(self, took_s: float) -> None:
        """Counts a request with events, answered *took_s* after its whole body had arrived."""
        took_us = int(took_s * 1e6)
        place = bisect_left(ACCEPT_BUCKETS_US, took_us)
        bucket = str(ACCEPT_BUCKETS_US[place]) if place < len(ACCEPT_BUCKETS_US) else "+Inf"
        with self._lock:
            self._gathered["accept_us", bucket] += 1
            self._gathered["accept_us", "sum"] += took_us

    def flush(self) -> None:
        """Adds the counts to the ledger. Raises: StoreUnavailable; the counts are kept for the next call."""
        with self._flushing:
            # After a failure the same counts are sent again with the same number, since the server may have added them
            # although its answer was lost. The script adds each number once.
            if not self._leaving:
                with self._lock:
                    self._leaving, self._gathered = self._gathered, Counter()
                self._number += 1
            if not self._leaving:
                return
            triples = [part for (family, field), number in self._leaving.items() for part in (family, field, number)]
            args = [*CountArgs(), *AddCountsArgs(self._number), *triples]
            with translated("counting"):
                ADD.call(self._client, AddCountsKeys(keys.added_counts(self._process)), args)
            self._leaving = Counter()


def read_counters(client: redis.Redis) -> dict[str, Mapping[str, int]]:
    """By family and field; a family without counts is empty. Raises: StoreUnavailable."""
    with translated("reading the counters"), client.pipeline(transaction=False) as pipe:
        for family in FAMILIES:
            pipe.hgetall(keys.COUNT_PREFIX + family)
        answers: list[Any] = pipe.execute()
    return {
        family: {field: int(number) for field, number in fields.items()}
        for family, fields in zip(FAMILIES, answers, strict=True)
    }
