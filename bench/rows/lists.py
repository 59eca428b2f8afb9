"""How long lists and searches of a full ledger take while events come in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from threading import Event, Thread
from typing import Any

from systems.gateway import event_document

from gateway.intake.accept import accept
from gateway.model import Attempt, SendResult
from gateway.runtime import Runtime
from gateway.store.records import DeliveryResult
from rows.base import Figure, runtime, server

EVENTS = 100_000
RATE = 500
BATCH = 1_000
TIMES = 9
PEOPLE = 50
ROUTES: dict[str, Any] = {
    "sources": {
        "bench": {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["*"]},
        "idle": {"tokens": [{"env": "GATEWAY_IDLE"}], "events": ["*"]},
    },
    "providers": {"email": {"service": "log"}},
    "people": {f"p{number}": {"contacts": {"email": f"p{number}@example.com"}} for number in range(PEOPLE)},
    "channels": {"bench-1": {"service": "log"}},
    "routes": [
        {"name": "all", "notify": ["ticket.status_changed.any"], "to": ["bench-1"]},
        {"name": "few", "notify": ["ticket.created.any"], "to": ["p1"]},
    ],
}
SEARCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "the newest events": ("events", {}),
    "events of a type without any": ("events", {"type": "lead.created"}),
    "the oldest event, by type": ("events", {"type": "ticket.created"}),
    "events of a subject": ("events", {"subject": "1"}),
    "events of a person": ("events", {"target": "p1"}),
    "events of a common type and a rare subject": ("events", {"type": "ticket.status_changed", "subject": "1"}),
    "events of a common type to a common target": ("events", {"type": "ticket.status_changed", "target": "bench-1"}),
    "events of a source without any": ("events", {"sources": ["idle"], "type": "ticket.status_changed"}),
    "the newest deliveries": ("deliveries", {}),
    "deliveries to a person": ("deliveries", {"target": "p1"}),
    "delivered, while the newest wait": ("deliveries", {"state": "delivered"}),
    "sending, while all wait": ("deliveries", {"state": "sending"}),
    "dead, of which there are none": ("deliveries", {"state": "dead"}),
}


def searches(divisor: int) -> Sequence[Figure]:
    count = max(BATCH, EVENTS // divisor)
    with server("relaxed") as embedded, runtime(embedded.url, ROUTES, durability="relaxed") as opened:
        source = opened.config.current().sources["bench"]
        first = {**event_document("first"), "type": "ticket.created", "subject": "1"}
        accept(opened, source, [first], None, datetime.now(UTC))
        _deliver(opened)
        before = opened.ledger.client.info("memory")["used_memory"]
        for start in range(0, count, BATCH):
            documents = [
                {**event_document(f"e{number}"), "subject": str(1_000_000 + number)}
                for number in range(start, min(start + BATCH, count))
            ]
            accept(opened, source, documents, None, datetime.now(UTC))
        memory = opened.ledger.client.info("memory")["used_memory"] - before
        index = sum(opened.ledger.client.memory_usage(key) for key in opened.ledger.client.scan_iter("*index:*"))
        with Intake(opened):
            figures = [Figure(what, _cost_ms(opened, *search), "ms") for what, search in SEARCHES.items()]
    return [
        *figures,
        Figure("memory of an event with a subject and a delivery of its own", memory / count, "bytes"),
        Figure("of it, for the indexes of lists", index / count, "bytes"),
    ]


class Intake:
    """RATE events a second, in groups of five."""

    def __init__(self, opened: Runtime) -> None:
        self._opened, self._stop = opened, Event()
        self._thread = Thread(target=self._post)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _post(self) -> None:
        source = self._opened.config.current().sources["bench"]
        began, posted = time.monotonic(), 0
        while not self._stop.wait(max(0.0, began + posted / RATE - time.monotonic())):
            documents = [event_document(f"x{number}") for number in range(posted, posted + 5)]
            accept(self._opened, source, documents, None, datetime.now(UTC))
            posted += 5


def _cost_ms(opened: Runtime, what: str, filters: dict[str, Any]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        getattr(opened.views, what)(50, **filters)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def _deliver(opened: Runtime) -> None:
    """The first event's message has arrived."""
    config = opened.config.current()
    lane = config.lanes[config.targets["p1/email"].lane]
    leases, _ = opened.ledger.claim(lane, "bench", 10)
    sent = Attempt(1, datetime.now(UTC), 0.01, SendResult(None, status=200))
    opened.ledger.record_results([DeliveryResult(lease, sent, "delivered", health="up") for lease in leases])
