"""Derives from the ledger's figures why the gateway does not work as it should, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from gateway.durations import describe_span
from gateway.health.sign_of_life import GONE_AFTER_SIGNS
from gateway.numbers import counted
from gateway.store.admission import Load
from gateway.store.backlog import Backlog
from gateway.store.eviction import SHARE
from gateway.store.processes import ProcessRecord

DISPATCHER_LATE_AFTER = timedelta(seconds=30)
"""How late a dispatcher may handle due work; normally it does within a second."""
MAX_ABOUT = 20
"""How many names a reason lists."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong."""

    name: str
    """For programs."""
    text: str
    """A sentence that names nothing of the configuration and no host, so that anybody may read it."""
    cure: str
    """What to do, for operators."""
    about: tuple[str, ...] = ()
    """The lanes, processes or configurations that it is about, for operators."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger shows of all processes and of the backlog."""

    processes: tuple[ProcessRecord, ...]
    backlog: Backlog
    load: Load
    overload: str | None
    """Why no further event is accepted; None if events are accepted."""
    late_after: timedelta
    """GATEWAY_LATE_AFTER"""
    sign_every: timedelta
    """GATEWAY_SIGN_EVERY"""

    @property
    def gone_before(self) -> datetime:
        """A process whose last sign is older than this is gone."""
        return self.backlog.now - GONE_AFTER_SIGNS * self.sign_every

    def is_alive(self, process: ProcessRecord) -> bool:
        return process.last >= self.gone_before

    def alive(self, kind: str) -> int:
        """How many processes of *kind* are alive."""
        return sum(process.facts.kind == kind and self.is_alive(process) for process in self.processes)


def reasons_of(facts: Facts) -> tuple[Reason, ...]:
    """Everything that is wrong, the worst first; nothing when all is well."""
    return tuple(
        reason for reasons in (_missing_processes, _waiting_work, _configurations, _memory) for reason in reasons(facts)
    )


def missing_process(facts: Facts, process: ProcessRecord) -> bool:
    """Whether *process* is gone and has no successor, which would have the same name on the same host."""
    place = process.facts.kind, process.place
    return not facts.is_alive(process) and not any(
        (other.facts.kind, other.place) == place and facts.is_alive(other) for other in facts.processes
    )


def without_replaced(processes: Sequence[ProcessRecord], silent_before: datetime) -> tuple[ProcessRecord, ...]:
    """Leaves out each process that has been silent since *silent_before* and has a successor: a process with its name
    on its host that started later."""
    latest: dict[tuple[str, str], tuple[str, datetime]] = {}
    for process in processes:
        # `since` counts seconds; of two starts in one second, `changed` tells which was later.
        place, start = (process.facts.kind, process.place), (process.facts.since, process.changed)
        latest[place] = max(start, latest.get(place, start))
    return tuple(
        process
        for process in processes
        if process.last >= silent_before
        or (process.facts.since, process.changed) == latest[process.facts.kind, process.place]
    )


def _missing_processes(facts: Facts) -> Iterator[Reason]:
    missing = [process for process in facts.processes if missing_process(facts, process)]
    for kind, name, what, hint in (
        (
            "worker",
            "no_worker",
            "No worker is alive: events are accepted, and no message is sent.",
            "Start `gateway worker`; kill a worker that hangs (`gateway up` does both). Its log may say why.",
        ),
        (
            "dispatch",
            "no_dispatcher",
            "No dispatcher is alive: retries, timers and alarms do not happen.",
            "Start `gateway dispatch`; kill a dispatcher that hangs (`gateway up` does both). Its log may say why.",
        ),
    ):
        if not facts.alive(kind):
            yield Reason(name, what, hint, _last_signs(process for process in missing if process.facts.kind == kind))
    others = [process for process in missing if facts.alive(process.facts.kind) or process.facts.kind == "supervisor"]
    if others:
        yield Reason(
            "process_silent",
            f"{counted(len(others), 'process', 'processes')} stopped reporting without having been stopped.",
            "Kill a process that hangs, and start one that died (`gateway up` does so). It is forgotten after an hour.",
            _last_signs(others),
        )


def _last_signs(processes: Iterable[ProcessRecord]) -> tuple[str, ...]:
    return tuple(
        f"{process.place} (pid {process.facts.pid}), last seen {process.last:%H:%M:%S} UTC"
        for process in islice(processes, MAX_ABOUT)
    )


def _waiting_work(facts: Facts) -> Iterator[Reason]:
    backlog = facts.backlog
    dispatcher_late_after = min(DISPATCHER_LATE_AFTER, facts.late_after)
    for name, what, due in (
        ("timers_late", "timer", backlog.timer_due),
        ("retries_late", "retry", backlog.unseen_since),
    ):
        if due is not None and backlog.now - due > dispatcher_late_after:
            yield Reason(
                name,
                f"A {what} has been due for {_age(backlog.now - due)}, and no dispatcher has handled it.",
                "Look at the dispatchers: whether they run, and what their logs say.",
            )
    late = [
        lane
        for lane in backlog.lanes
        if not lane.is_open and lane.oldest is not None and backlog.now - lane.oldest > facts.late_after
    ]
    if late and late[0].oldest:
        age = _age(backlog.now - late[0].oldest)
        yield Reason(
            "messages_late",
            f"The oldest waiting message is {age} late; {counted(len(late), 'lane')} {_is(late)} behind.",
            "See `gateway lanes`: a service may have paused its lane, or its rate is low. If all wait, add workers.",
            tuple(lane.document["lane"] for lane in late[:MAX_ABOUT]),
        )
    opened = [lane for lane in backlog.lanes if lane.is_open]
    if opened:
        lanes = counted(len(opened), "lane")
        yield Reason(
            "lanes_open",
            f"{lanes} {_is(opened)} open: its service failed again and again, and the messages wait.",
            "`gateway deliveries --target NAME` shows the last failure. A lane closes when its service answers again.",
            tuple(lane.document["lane"] for lane in opened[:MAX_ABOUT]),
        )


def _configurations(facts: Facts) -> Iterator[Reason]:
    alive = [process for process in facts.processes if facts.is_alive(process) and process.facts.config]
    stale = [process for process in alive if process.facts.problems]
    if stale:
        processes, use = counted(len(stale), "process", "processes"), "uses" if len(stale) == 1 else "use"
        yield Reason(
            "config_stale",
            f"The configuration files have problems; {processes} still {use} the one before.",
            "Run `gateway check` and mend what it reports; every process takes the mended files by itself.",
            tuple(f"{process.place}: {process.facts.problems} problems" for process in stale[:MAX_ABOUT]),
        )
    # Processes reload one after the other, so a difference counts only when none has changed for a while.
    settled = all(process.changed < facts.gone_before for process in alive)
    digests = {process.facts.config for process in alive}
    if len(digests) > 1 and settled and not stale:
        yield Reason(
            "config_differs",
            f"Processes work with {len(digests)} different configurations.",
            "Bring the same files to every host, and the same secrets.",
            tuple(f"{process.place}: {process.facts.config}" for process in alive[:MAX_ABOUT]),
        )


def _memory(facts: Facts) -> Iterator[Reason]:
    if facts.overload:
        yield Reason(
            "overloaded",
            f"Further events are refused: {facts.overload}.",
            "See `gateway lanes` for lanes that do not move, and mend what stops them; or give the server more memory.",
        )
    elif facts.load.memory_share > SHARE:
        yield Reason(
            "memory",
            f"The ledger's server uses {facts.load.memory_share:.0%} of its memory; at 75 % events are refused.",
            "Give the server more memory, or shorten GATEWAY_RETENTION.",
        )


def _age(span: timedelta) -> str:
    """*span* in words; in whole minutes if it is longer than two minutes."""
    unit = timedelta(minutes=1) if span > timedelta(minutes=2) else timedelta(seconds=1)
    return describe_span(span // unit * unit)


def _is(things: Sequence[object]) -> str:
    return "is" if len(things) == 1 else "are"
