"""What claiming and settling cost over a backlog, and the memory of a delivery that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from systems.gateway import event_document

from gateway.intake.accept import accept
from gateway.model import Attempt, SendResult
from gateway.runtime import Runtime
from gateway.store.records import DeliveryResult
from rows.base import ROUTES, Figure, cost_us, runtime, server

DELIVERIES = 1_000_000
BATCH = 1_000
CLAIMED = 50
TIMES = 100
TARGETS = 10
"""Of an event whose deliveries are weighed by themselves."""


def claim_cost(divisor: int) -> Sequence[Figure]:
    count = max(BATCH, DELIVERIES // divisor)
    times = max(10, TIMES // divisor)
    with server("relaxed") as embedded, runtime(embedded.url, durability="relaxed") as opened:
        _fill(opened, 0, times * CLAIMED + BATCH)
        empty = _cost(opened, times)
        before = opened.ledger.client.info("memory")["used_memory"]
        _fill(opened, 10_000_000, count)
        memory = opened.ledger.client.info("memory")["used_memory"] - before
        full = _cost(opened, times)
    by_itself = (_memory_of_event(TARGETS, count // 100) - _memory_of_event(1, count // 100)) / (TARGETS - 1)
    return [
        Figure(f"claim and settle {CLAIMED}, nearly empty ledger", empty, "us"),
        Figure(f"the same, {count:,} waiting", full, "us"),
        Figure("that is", full / empty, "x"),
        Figure("memory of a waiting delivery by itself", by_itself, "bytes"),
        Figure("the same with an event of its own", memory / count, "bytes"),
    ]


def _memory_of_event(targets: int, count: int) -> float:
    """Bytes of one event with as many waiting deliveries, of *count*."""
    names = [f"bench-{number}" for number in range(1, targets + 1)]
    routes = {
        **ROUTES,
        "channels": {name: {"service": "log"} for name in names},
        "routes": [{"name": "bench", "notify": ["ticket.status_changed.any"], "to": names}],
    }
    with server("relaxed") as embedded, runtime(embedded.url, routes, durability="relaxed") as opened:
        _fill(opened, 0, BATCH)  # the lanes and the indexes are there
        before = opened.ledger.client.info("memory")["used_memory"]
        _fill(opened, BATCH, count)
        return float(opened.ledger.client.info("memory")["used_memory"] - before) / count


def _fill(opened: Runtime, first: int, count: int) -> None:
    source = opened.config.current().sources["bench"]
    for start in range(first, first + count, BATCH):
        documents = [event_document(f"e{number}") for number in range(start, min(start + BATCH, first + count))]
        accept(opened, source, documents, None, datetime.now(UTC))


def _cost(opened: Runtime, times: int) -> float:
    lane = opened.config.current().lanes["channel/bench-1"]
    now = datetime.now(UTC)

    def claim_and_settle(_: int) -> None:
        leases, _ = opened.ledger.claim(lane, "slot", CLAIMED)
        assert len(leases) == CLAIMED
        done = SendResult(None)
        opened.ledger.record_results(
            [DeliveryResult(lease, Attempt(lease.attempt, now, 0.01, done), "delivered") for lease in leases]
        )

    return cost_us(claim_and_settle, times)
