"""Which processes hang: only those that are silent while the supervisor itself can report."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from gateway.errors import StoreUnavailable
from gateway.health.hung import HungProcesses
from gateway.store.processes import Kind, ProcessFacts, ProcessRecord

EVERY = timedelta(seconds=3)
NEEDED = 20
"""A minute of signs."""
START = datetime(2026, 11, 27, tzinfo=UTC)
FROZEN, WELL = 40_001, 40_002


class Host:
    """A supervisor with two children; time passes from look to look."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.records: list[ProcessRecord] = []
        self.is_away = False
        self.hung = HungProcesses(self.read, EVERY, lambda: self.now_s)
        for pid, kind in ((os.getpid(), "supervisor"), (FROZEN, "worker"), (WELL, "worker")):
            self.records.append(record(pid, kind))  # type: ignore[arg-type] # a literal in a tuple

    def read(self) -> list[ProcessRecord]:
        if self.is_away:
            raise StoreUnavailable("reading")
        return self.records

    def look(self, *reporting: int) -> list[int]:
        """Lets those that are *reporting* do so, and looks when the next look is due."""
        self.now_s += EVERY.total_seconds()
        now = START + timedelta(seconds=self.now_s)
        self.records = [record(r.facts.pid, r.facts.kind, now) if r.facts.pid in reporting else r for r in self.records]
        return self.hung.look("a", [FROZEN, WELL])


def record(pid: int, kind: Kind, last: datetime = START, host: str = "a") -> ProcessRecord:
    return ProcessRecord(ProcessFacts(kind, str(pid), host, pid, "1.0", START.isoformat()), START, last)


def test_a_silent_child_hangs_after_a_minute_and_is_named_once_a_minute() -> None:
    host = Host()
    host.look(os.getpid(), WELL)
    looks = [host.look(os.getpid(), WELL) for _ in range(2 * NEEDED)]
    assert [number for number, hung in enumerate(looks, 1) if hung] == [NEEDED, 2 * NEEDED]
    assert looks[NEEDED - 1] == [FROZEN]


def test_nobody_hangs_while_the_supervisor_itself_cannot_report() -> None:
    """The ledger is read-only or full: what is read does not change, for anybody."""
    host = Host()
    assert not any(host.look() for _ in range(2 * NEEDED))


def test_a_ledger_that_was_away_and_a_child_that_goes_on_begin_again() -> None:
    host = Host()
    for interrupt in ("away", "goes on"):
        assert not any(host.look(os.getpid(), WELL) for _ in range(NEEDED - 1))
        host.is_away = interrupt == "away"
        assert host.look(os.getpid(), WELL, FROZEN) == []
        host.is_away = False
    assert not any(host.look(os.getpid(), WELL) for _ in range(NEEDED - 1))


def test_a_clock_that_jumps_makes_no_child_seem_hung() -> None:
    host = Host()
    host.look(os.getpid(), WELL, FROZEN)
    host.now_s += 86_400
    assert host.look(os.getpid(), WELL) == []


def test_another_host_and_an_earlier_use_of_the_pid_do_not_count() -> None:
    host = Host()
    host.records += [record(WELL, "worker", START - timedelta(minutes=30)), record(FROZEN, "worker", host="b")]
    host.records = [r for r in host.records if (r.facts.pid, r.facts.host) != (FROZEN, "a")]
    host.look(os.getpid(), WELL)
    for _ in range(2 * NEEDED):
        host.now_s += EVERY.total_seconds()
        now = START + timedelta(seconds=host.now_s)
        for index in (0, 1):
            host.records[index] = record(host.records[index].facts.pid, host.records[index].facts.kind, now)
        assert host.hung.look("a", [FROZEN, WELL]) == []
