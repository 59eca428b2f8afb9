"""Timers: what a look costs over many that are not due, and many that are due at once beside fresh events."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from load import percentile
from systems.gateway import event_document

from gateway.dispatcher.timers import TimerRunner
from gateway.intake.accept import accept
from gateway.runtime import Runtime
from rows.base import ROUTES, Figure, cost_us, runtime, server

PENDING = 1_000_000
FEW = 1_000
DUE = 100_000
BATCH = 1_000
LOOKS = 500
FRESH_EVERY_S = 0.02
BUSY_ROUTES = {
    **ROUTES,
    "channels": {"bench-1": {"service": "log"}, "bench-2": {"service": "log"}},
    "routes": [
        {"name": "bench", "notify": ["ticket.status_changed.any"], "to": ["bench-1"]},
        {"name": "due", "notify": ["ticket.due_soon.any"], "to": ["bench-2"]},
    ],
}


def pending(divisor: int) -> Sequence[Figure]:
    count = max(FEW, PENDING // divisor)
    with server("relaxed") as embedded, runtime(embedded.url, durability="relaxed") as opened:
        later = datetime.now(UTC) + timedelta(days=30)
        before = opened.ledger.client.info("memory")["used_memory"]
        _set(opened, 0, FEW, later)
        few = _look_cost(opened)
        _set(opened, FEW, count, later)
        many = _look_cost(opened)
        memory = opened.ledger.client.info("memory")["used_memory"] - before
    return [
        Figure(f"a look of the dispatcher, {FEW:,} timers pending", few, "us"),
        Figure(f"the same, {count:,} pending", many, "us"),
        Figure("that is", many / few, "x"),
        Figure("memory of a pending timer with the fact that set it", memory / count, "bytes"),
    ]


def due_at_once(divisor: int) -> Sequence[Figure]:
    """All timers are due in one minute, and are fired by one dispatcher; fresh events come all the while."""
    count = max(BATCH, DUE // divisor)
    with (
        server("relaxed") as embedded,
        runtime(embedded.url, BUSY_ROUTES, durability="relaxed") as opened,
        runtime(embedded.url, BUSY_ROUTES, durability="relaxed") as fresh,
    ):
        alone = _fresh_ms(fresh, None, 200)
        _set(opened, 0, count, datetime.now(UTC) + timedelta(minutes=10))
        began, dispatcher = time.monotonic(), _dispatcher(embedded.url, count)
        beside = _fresh_ms(fresh, dispatcher, None)
        took = time.monotonic() - began
        assert dispatcher.returncode == 0
    return [
        Figure(f"{count:,} timers due at once, one dispatcher", count / took, "fired/s"),
        Figure("p99 of accepting a fresh event, no timer due", percentile(alone, 0.99), "ms"),
        Figure("the same while they fire", percentile(beside, 0.99), "ms"),
    ]


def _set(opened: Runtime, first: int, count: int, due_at: datetime) -> None:
    source = opened.config.current().sources["bench"]
    for start in range(first, first + count, BATCH):
        documents = [_due_set(number, due_at) for number in range(start, start + BATCH)]
        accept(opened, source, documents, None, datetime.now(UTC))


def _due_set(number: int, due_at: datetime) -> dict[str, object]:
    ticket = {"id": number, "number": number, "subject": "Scanner", "due_at": due_at.isoformat()}
    return {"type": "ticket.due_set", "id": f"due-{number}", "data": {"ticket": ticket}}


def _look_cost(opened: Runtime) -> float:
    firing, config = TimerRunner(opened), opened.config.current()
    return cost_us(lambda _: firing.tick(config), LOOKS)


def _dispatcher(url: str, count: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, __file__, url, str(count)], env=environment)


def _fire(url: str, count: int) -> None:
    """A dispatcher that fires *count* timers, and workers that keep up with it."""
    with runtime(url, BUSY_ROUTES, durability="relaxed") as opened:
        firing, fired = TimerRunner(opened), 0
        while fired < count:
            fired += firing.tick(opened.config.current())
            _drop_due(opened)


def _fresh_ms(opened: Runtime, beside: subprocess.Popen[bytes] | None, most: int | None) -> list[float]:
    """Sorted times of accepting one fresh event after another, *most* of them or until *beside* ends."""
    source = opened.config.current().sources["bench"]
    taken: list[float] = []
    while (beside is None or beside.poll() is None) and len(taken) != most:
        began = time.perf_counter()
        document = event_document(f"fresh-{most}-{len(taken)}")
        accept(opened, source, [document], None, datetime.now(UTC))
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(FRESH_EVERY_S)
    return sorted(taken)


def _drop_due(opened: Runtime) -> None:
    """Stands for workers that keep up: what was fired is claimed and forgotten."""
    lane = opened.config.current().lanes["channel/bench-2"]
    while opened.ledger.claim(lane, "slot", BATCH)[0]:
        pass


if __name__ == "__main__":
    _fire(sys.argv[1], int(sys.argv[2]))
