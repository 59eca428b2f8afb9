"""Why the gateway does not work: from what the ledger shows to reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.health.reasons import Facts, Reason, reasons_of, without_replaced
from gateway.store.admission import Load
from gateway.store.backlog import Backlog, TroubledLane
from gateway.store.processes import Kind, ProcessFacts, ProcessRecord

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=10)


def process(
    kind: Kind, name: str, *, silent_s: float = 1, host: str = "a", config: str = "c1", problems: int = 0
) -> ProcessRecord:
    facts = ProcessFacts(kind, name, host, 1, "1.0", LONG_AGO.isoformat(), config, problems)
    return ProcessRecord(facts, changed=LONG_AGO, last=NOW - timedelta(seconds=silent_s))


def lane(name: str, state: str = "ready", *, late_s: float = 0) -> TroubledLane:
    return TroubledLane({"lane": name, "state": state}, NOW - timedelta(seconds=late_s))


WEB, WORKER, DISPATCHER = process("serve", "web"), process("worker", "worker-1"), process("dispatch", "dispatch")
SILENT = process("worker", "worker-2", silent_s=13, host="h9")
IDLE = Backlog(NOW, waiting=0, under_way=0, dead=0, oldest=None, lanes=(), unseen_since=None, timer_due=None)
WELL = Facts(
    (WEB, WORKER, DISPATCHER),
    IDLE,
    Load(0.1, 0.1, 0),
    overload=None,
    late_after=timedelta(minutes=5),
    sign_every=timedelta(seconds=3),
)


def names(facts: Facts) -> list[str]:
    return [reason.name for reason in reasons_of(facts)]


def only(facts: Facts) -> Reason:
    (reason,) = reasons_of(facts)
    return reason


def test_nothing_is_wrong_with_a_gateway_that_works() -> None:
    assert reasons_of(WELL) == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(WELL, processes=(WEB, DISPATCHER)), ["no_worker"]),
        (replace(WELL, processes=(WEB, WORKER)), ["no_dispatcher"]),
        (replace(WELL, processes=(WEB, DISPATCHER, SILENT)), ["no_worker"]),
        (replace(WELL, backlog=replace(IDLE, timer_due=NOW - timedelta(seconds=31))), ["timers_late"]),
        (replace(WELL, backlog=replace(IDLE, timer_due=NOW + timedelta(days=1))), []),
        (replace(WELL, backlog=replace(IDLE, unseen_since=NOW - timedelta(seconds=31))), ["retries_late"]),
        (replace(WELL, backlog=replace(IDLE, lanes=(lane("noc", late_s=301),))), ["messages_late"]),
        (replace(WELL, backlog=replace(IDLE, lanes=(lane("noc", "paused", late_s=301),))), ["messages_late"]),
        (replace(WELL, backlog=replace(IDLE, lanes=(lane("noc", "open", late_s=301),))), ["lanes_open"]),
        (replace(WELL, backlog=replace(IDLE, lanes=(lane("noc", "paused"),))), []),
        (replace(WELL, load=Load(0.61, 0.61, 0)), ["memory"]),
        (replace(WELL, load=Load(0.8, 0.8, 0), overload="no room"), ["overloaded"]),
    ],
)
def test_each_trouble_has_a_reason(facts: Facts, expected: list[str]) -> None:
    assert names(facts) == expected


def test_a_process_that_was_replaced_is_not_missed() -> None:
    """One that was killed and started again has the same name on the same host."""
    killed = process("worker", "worker-1", silent_s=60)
    assert reasons_of(replace(WELL, processes=(*WELL.processes, killed))) == ()
    elsewhere = replace(killed, facts=replace(killed.facts, host="b"))
    assert only(replace(WELL, processes=(*WELL.processes, elsewhere))).about == (
        "worker-1 on b (pid 1), last seen 11:59:00 UTC",
    )


def test_only_the_last_of_the_processes_that_replaced_each_other_is_listed() -> None:
    """Operators kill the process that `gateway status` names, so it must not name earlier ones."""

    def started(minutes_ago: float, silent_s: float, host: str = "a") -> ProcessRecord:
        record = process("worker", "worker-1", silent_s=silent_s, host=host)
        since = (NOW - timedelta(minutes=minutes_ago)).isoformat()
        return replace(record, facts=replace(record.facts, since=since))

    first, second, third = started(9, 300), started(5, 60), started(1, 40)
    elsewhere = started(9, 300, host="b")
    silent_before = NOW - timedelta(seconds=6)
    assert without_replaced((first, second, third, elsewhere), silent_before) == (third, elsewhere)
    namesake = started(9, 2)  # two workers may have the same name: both are listed while they report
    assert without_replaced((namesake, third), silent_before) == (namesake, third)


def test_a_configuration_that_is_not_used_is_named_by_process_and_not_in_the_sentence() -> None:
    stale = process("worker", "worker-2", problems=3)
    reason = only(replace(WELL, processes=(*WELL.processes, stale)))
    assert (reason.name, reason.about) == ("config_stale", ("worker-2 on a: 3 problems",))
    assert "worker-2" not in reason.text


def test_configurations_differ_only_when_the_difference_lasts() -> None:
    other = process("worker", "worker-2", config="c2")
    assert names(replace(WELL, processes=(*WELL.processes, other))) == ["config_differs"]
    fresh = replace(other, changed=NOW - timedelta(seconds=2))
    assert names(replace(WELL, processes=(*WELL.processes, fresh))) == [], "a reload reaches the processes one by one"
    supervisor = process("supervisor", "up")
    unconfigured = replace(supervisor, facts=replace(supervisor.facts, config=None))
    assert names(replace(WELL, processes=(*WELL.processes, unconfigured))) == []


def test_sentences_name_nothing_of_the_configuration() -> None:
    """Anybody may read them at /readyz."""
    backlog = replace(IDLE, lanes=(lane("channel/secret-project", "open"), lane("person/ana", late_s=900)))
    for reason in reasons_of(replace(WELL, backlog=backlog, processes=(SILENT,))):
        assert not any(name in reason.text for name in ("secret-project", "ana", "h9", "worker-2")), reason
        assert reason.text.endswith("."), reason
