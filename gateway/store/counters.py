"""The ledger's counters, which are those of all processes together: numbers that only grow.

The scripts count what they do themselves (`counters.lua`). What only a process sees, such as a refusal, it counts
here and adds to the ledger every few seconds.
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
"""Characters of a reason that a mapping gives."""
ACCEPT_BUCKETS_US = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000)
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
    """What one process has counted and not yet added to the ledger. Safe in threads."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._process = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._gathered: Counter[tuple[str, str]] = Counter()
        self._leaving: Counter[tuple[str, str]] = Counter()
        """What the call with this number adds; it is repeated until it has an answer."""
        self._number = 0
        self._flushing = threading.Lock()

    def refuse(self, reason: str) -> None:
        """An event, or a request with events, was refused."""
        with self._lock:
            self._gathered["refused", reason] += 1

    def ignore(self, source: str, reason: str) -> None:
        """A mapping of *source* says that a payload means no event."""
        with self._lock:
            self._gathered["ignored", f"{source} {reason[:MAX_REASON]}"] += 1

    def accept(self, took_s: float) -> None:
        """A request with events was answered after *took_s*, from its whole body on."""
        took_us = int(took_s * 1e6)
        place = bisect_left(ACCEPT_BUCKETS_US, took_us)
        bucket = str(ACCEPT_BUCKETS_US[place]) if place < len(ACCEPT_BUCKETS_US) else "+Inf"
        with self._lock:
            self._gathered["accept_us", bucket] += 1
            self._gathered["accept_us", "sum"] += took_us

    def flush(self) -> None:
        """Adds to the ledger what was counted. Raises: StoreUnavailable; what was counted is kept for the next call."""
        with self._flushing:
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
    """By family and field; a family that nothing was counted of is empty. Raises: StoreUnavailable."""
    with translated("reading the counters"), client.pipeline(transaction=False) as pipe:
        for family in FAMILIES:
            pipe.hgetall(keys.COUNT_PREFIX + family)
        answers: list[Any] = pipe.execute()
    return {
        family: {field: int(number) for field, number in fields.items()}
        for family, fields in zip(FAMILIES, answers, strict=True)
    }
