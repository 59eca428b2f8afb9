"""The ledger on a real server: committing, leasing, settling, taking back, replaying."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from gateway.errors import NotFound, StoreUnavailable
from gateway.model import Attempt, Event, FailureReason, Lane, Plan, PlannedDelivery, Rate, Reason, SendResult, Severity
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.accept_call import MAX_IN_CALL
from gateway.store.client import connect
from gateway.store.explanations import encode_explanation
from gateway.store.ledger import CRASHES_THAT_KILL, LOSSES_THAT_KILL, Ledger
from gateway.store.records import DeliveryResult, Drain, Lease, PreparedEvent, decode_event, delivery_ids
from gateway.store.views import Views
from tests.conftest import Server
from tests.support.gateways import eventually

LANE = Lane("channel/noc")
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SENT = SendResult(None, status=200)
REFUSED = SendResult(FailureReason.UNAVAILABLE, status=503, detail="busy")


def settings(**changes: Any) -> Settings:
    return Settings(**{"lease": timedelta(seconds=30), **changes})


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    client = connect(redis_url, timeout_s=2)
    yield Ledger(client, settings())
    client.close()


def event(id: str = "evt-1", source: str = "psa") -> Event:
    data = {"ticket": {"id": 7, "subject": "Drucker geht nicht \u2013 \u201eoffline\u201c"}}
    return Event(id, "ticket.created", "tickets", source, "7", NOW, Severity.INFO, data)


def acceptance(
    id: str = "evt-1",
    *targets: str,
    source: str = "psa",
    fingerprint: str = "f1",
    key: str | None = None,
    lane: str = LANE.name,
) -> PreparedEvent:
    planned = tuple(PlannedDelivery(t, lane, (Reason("n", "r", "assigned to you"),)) for t in targets)
    plan = Plan(planned, ())
    one = event(id, source)
    told = [{"id": d, "target": p.target} for d, p in zip(delivery_ids(one, plan), planned, strict=True)]
    answer = {"id": id, "status": "accepted" if targets else "unrouted", "deliveries": told, "config": "c1"}
    return PreparedEvent(
        one,
        plan,
        delivery_ids(one, plan),
        encode_explanation(plan),
        "c1",
        (key or id,),
        fingerprint,
        answer,
    )


def claim(ledger: Ledger, limit: int = 10, lane: Lane = LANE) -> list[Lease]:
    return ledger.claim(lane, "slot", limit)[0]


def attempt(number: int = 1, result: SendResult = SENT) -> Attempt:
    return Attempt(number, NOW, 0.01, result)


def state(ledger: Ledger, id: str) -> dict[str, Any]:
    return Views(ledger.client).delivery(id)


# ------------------------------------------------------------------ accept


def test_an_accepted_event_is_waiting_for_each_of_its_targets(ledger: Ledger) -> None:
    receipts, drains = ledger.accept([acceptance("evt-1", "noc", "ana/email")])
    assert [r.status for r in receipts] == ["accepted"]
    assert [d.lane for d in drains] == [LANE.name], "one idle lane, one drain"
    rows = Views(ledger.client).deliveries()
    assert {(r["target"], r["state"]) for r in rows} == {("noc", "waiting"), ("ana/email", "waiting")}


def test_the_same_event_again_gets_the_same_answer_and_no_second_delivery(ledger: Ledger) -> None:
    first = acceptance("evt-1", "noc")
    ledger.accept([first])
    receipts, drains = ledger.accept([first])
    assert (receipts[0].status, receipts[0].answer, drains) == ("replayed", first.answer, [])
    assert len(Views(ledger.client).deliveries()) == 1


def test_the_same_key_with_other_content_is_a_mismatch(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc", fingerprint="f1")])
    receipts, _ = ledger.accept([acceptance("evt-1", "noc", fingerprint="f2")])
    assert receipts[0].status == "mismatch"


def test_an_event_is_recognized_by_its_id_even_under_another_idempotency_key(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc", key="key-a")])
    receipts, _ = ledger.accept([acceptance("evt-1", "noc", key="key-b")])
    assert receipts[0].status == "replayed"


def test_two_sources_may_use_the_same_id(ledger: Ledger) -> None:
    receipts, _ = ledger.accept([acceptance("1", "noc", source="psa"), acceptance("1", "noc", source="rmm")])
    assert [r.status for r in receipts] == ["accepted", "accepted"]
    views = Views(ledger.client)
    assert views.event("1", ["rmm"])["source"] == "rmm"
    with pytest.raises(NotFound):
        views.event("1", ["billing"])


def test_a_batch_holds_each_outcome_in_its_place(ledger: Ledger) -> None:
    batch = [acceptance("a", "noc"), acceptance("a", "noc"), acceptance("a", "noc", fingerprint="x"), acceptance("b")]
    receipts, _ = ledger.accept(batch)
    assert [r.status for r in receipts] == ["accepted", "replayed", "mismatch", "accepted"]


def test_more_than_one_call_takes_are_all_accepted_in_their_order(ledger: Ledger) -> None:
    count = MAX_IN_CALL + 1
    receipts, drains = ledger.accept([acceptance(f"e{number}", "noc") for number in range(count)])
    assert [r.answer["id"] for r in receipts if r.answer] == [f"e{number}" for number in range(count)]
    assert [d.lane for d in drains] == [LANE.name], "one drain for all of them"


def test_each_lane_of_a_batch_gets_a_drain_of_its_own(ledger: Ledger) -> None:
    batch = [acceptance("a", "x", lane="l1"), acceptance("b", "y", lane="l2"), acceptance("c", "x", lane="l1")]
    drains = ledger.accept(batch)[1]
    assert [d.lane for d in drains] == ["l1", "l2"]
    assert len({d.slot for d in drains}) == 2


def test_an_event_with_thousands_of_deliveries_is_accepted(ledger: Ledger) -> None:
    """The server's `unpack` takes 8,000 values at most."""
    receipts, _ = ledger.accept([acceptance("a", *(f"t{number}" for number in range(2_000)))])
    assert [r.status for r in receipts] == ["accepted"]


def test_events_that_share_an_explanation_store_it_once_and_show_it(ledger: Ledger) -> None:
    alike = [acceptance(id, "noc")._replace(explanation_id="d1") for id in ("a", "b")]
    ledger.accept(alike)
    ledger.accept([acceptance("c")._replace(explanation_id="d1")])
    assert [Views(ledger.client).event(id)["explanation"] for id in "abc"] == [{"fallback": False, "findings": []}] * 3
    assert not ledger.client.hexists(keys.event(keys.event_key("psa", "a")), "explanation")


def test_a_shared_explanation_lives_as_long_as_the_longest_of_its_events(redis_url: str) -> None:
    client = connect(redis_url, timeout_s=2)
    ledger = Ledger(client, settings(retention=timedelta(days=1), dead_retention=timedelta(days=9)))
    ledger.accept([acceptance("a", "noc")._replace(explanation_id="d1")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(1, REFUSED), "dead", reason=FailureReason.UNAVAILABLE)])
    ledger.accept([acceptance("b")._replace(explanation_id="d1")])
    event_lives: Any = client.ttl(keys.event(keys.event_key("psa", "a")))
    explanation_lives: Any = client.ttl(keys.explanation("d1"))
    assert explanation_lives >= event_lives > timedelta(days=8).total_seconds()
    client.close()


def test_a_busy_lane_is_not_woken_again(ledger: Ledger) -> None:
    ledger.accept([acceptance("a", "noc")])
    assert ledger.accept([acceptance("b", "noc")])[1] == []


def test_a_server_that_is_away_is_said_so(own_server: Server) -> None:
    ledger = Ledger(connect(own_server.url, timeout_s=1), settings())
    own_server.kill()
    with pytest.raises(StoreUnavailable):
        ledger.accept([acceptance("a", "noc")])


def test_what_was_accepted_survives_a_killed_server(own_server: Server) -> None:
    client = connect(own_server.url, timeout_s=1)
    Ledger(client, settings()).accept([acceptance(f"evt-{n}", "noc") for n in range(50)])
    own_server.kill()
    own_server.start()
    assert len(Views(connect(own_server.url, timeout_s=1)).events(limit=100)) == 50


# ------------------------------------------------------------------ claim and settle


def test_a_claim_leases_due_deliveries_with_their_event(ledger: Ledger) -> None:
    one = acceptance("evt-1", "noc")
    ledger.accept([one])
    (lease,) = claim(ledger)
    assert (lease.target, lease.attempt, decode_event(lease.event)) == ("noc", 1, one.event)
    assert lease.reasons == (Reason("n", "r", "assigned to you"),)
    assert claim(ledger) == [], "leased to one worker only"
    assert state(ledger, lease.id)["state"] == "sending"


def test_a_delivered_message_stays_so(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    assert ledger.record_results([DeliveryResult(lease, attempt(), "delivered")]) == [True]
    row = state(ledger, lease.id)
    assert (row["state"], row["attempts"][0]["status"]) == ("delivered", 200)
    assert claim(ledger) == []


def test_a_retry_waits_its_time_and_counts_a_failure(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(result=REFUSED), "retry", 0.05, FailureReason.UNAVAILABLE)])
    assert claim(ledger) == []
    time.sleep(0.08)
    (again,) = claim(ledger)
    assert (again.attempt, again.failures, again.pauses) == (2, 1, 0)


def test_a_pause_counts_no_failure(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(result=REFUSED), "pause", 0.0, FailureReason.THROTTLED)])
    (again,) = claim(ledger)
    assert (again.attempt, again.failures, again.pauses) == (2, 0, 1)


def test_a_late_result_is_ignored(redis_url: str) -> None:
    ledger = Ledger(connect(redis_url, timeout_s=2), settings(lease=timedelta(milliseconds=20)))
    ledger.accept([acceptance("evt-1", "noc")])
    (late,) = claim(ledger)
    time.sleep(0.03)
    assert ledger.reap() == [late.id]
    (fresh,) = claim(ledger)
    assert ledger.record_results([DeliveryResult(late, attempt(), "dead", reason=FailureReason.REJECTED)]) == [False]
    assert ledger.record_results([DeliveryResult(fresh, attempt(2), "delivered")]) == [True]
    assert state(ledger, fresh.id)["state"] == "delivered"


def test_a_delivery_that_ends_its_worker_again_and_again_is_dead(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc"), acceptance("evt-2", "noc")])
    for _ in range(CRASHES_THAT_KILL):
        poison, innocent = sorted(claim(ledger), key=lambda lease: lease.id != delivery_of("evt-1"))
        assert ledger.report_crash(poison.id, poison.token)
        again = DeliveryResult(innocent, attempt(result=REFUSED), "retry", reason=FailureReason.UNAVAILABLE)
        ledger.record_results([again])
    found = state(ledger, poison.id)
    assert (found["state"], found["reason"], [lease.id for lease in claim(ledger)]) == (
        "dead",
        "crash-loop",
        [innocent.id],
    )


def delivery_of(event_id: str) -> str:
    return acceptance(event_id, "noc").ids[0]


def test_a_delivery_that_loses_its_leases_is_innocent_for_some_times(redis_url: str) -> None:
    """Its worker died and nobody can say of what: it is tried again, apart from the others, and not for ever."""
    ledger = Ledger(connect(redis_url, timeout_s=2), settings(lease=timedelta(milliseconds=5)))
    ledger.accept([acceptance("evt-1", "noc")])
    for lost in range(LOSSES_THAT_KILL):
        assert eventually(lambda: ledger.client.zcount(keys.due(LANE.name), "-inf", time.time() * 1000) == 1, 15)
        (lease,) = claim(ledger)
        time.sleep(0.01)
        assert (lost, ledger.reap()) == (lost, [lease.id])
        ledger.client.zadd(keys.due(LANE.name), {lease.id: 0}, xx=True)
    assert claim(ledger) == []
    assert (state(ledger, lease.id)["state"], state(ledger, lease.id)["reason"]) == ("dead", "crash-loop")


def test_a_claim_says_when_the_lane_has_something_next(ledger: Ledger) -> None:
    ledger.accept([acceptance(f"evt-{n}", "noc") for n in range(2)])
    (first,), now = ledger.claim(LANE, "slot", 1)
    (second,), nothing = ledger.claim(LANE, "slot", 1)
    ledger.record_results([DeliveryResult(second, attempt(), "retry", wait_s=60, reason=FailureReason.UNAVAILABLE)])
    leases, later = ledger.claim(LANE, "slot", 1)
    assert (now, nothing, leases) == (0, None, [])
    assert later is not None
    assert 50 < later <= 60
    assert first.id != second.id


def test_a_lane_never_exceeds_its_concurrency(ledger: Ledger) -> None:
    lane = Lane(LANE.name, concurrency=2)
    ledger.accept([acceptance(f"evt-{n}", "noc") for n in range(5)])
    held = claim(ledger, lane=lane)
    assert len(held) == 2
    assert claim(ledger, lane=lane) == []
    ledger.record_results([DeliveryResult(held[0], attempt(), "delivered")])
    assert len(claim(ledger, lane=lane)) == 1


def test_a_lane_never_exceeds_its_rate(ledger: Ledger) -> None:
    lane = Lane(LANE.name, rate=Rate(10, 1.0))
    ledger.accept([acceptance(f"evt-{n}", "noc") for n in range(50)])
    began, taken = time.monotonic(), 0
    while time.monotonic() - began < 0.5:
        taken += len(claim(ledger, lane=lane))
        time.sleep(0.01)
    assert 2 <= taken <= 8


# ------------------------------------------------------------------ waking and releasing


def test_a_drain_that_was_never_done_is_replaced(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.ledger.SLOT_MS", 2_000)
    ledger.accept([acceptance("evt-1", "noc")])
    assert ledger.wake() == []
    time.sleep(2.1)
    assert [d.lane for d in ledger.wake()] == [LANE.name]


def test_a_long_backlog_gets_more_drains(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.ledger.SLOT_MS", 20)
    ledger.accept([acceptance(f"evt-{n}", "noc") for n in range(120)])
    time.sleep(0.03)
    assert len(ledger.wake()) == 3


def test_a_retry_wakes_its_lane_when_it_is_due(ledger: Ledger) -> None:
    _, (drain,) = ledger.accept([acceptance("evt-1", "noc")])
    (lease,), _ = ledger.claim(LANE, drain.slot, 10)
    ledger.record_results([DeliveryResult(lease, attempt(result=REFUSED), "retry", 0.05, FailureReason.UNAVAILABLE)])
    assert ledger.release(drain) is False
    assert ledger.wake() == []
    time.sleep(0.08)
    assert [d.lane for d in ledger.wake()] == [LANE.name]


def test_a_drain_learns_of_work_that_came_while_it_ended(ledger: Ledger) -> None:
    _, (drain,) = ledger.accept([acceptance("evt-1", "noc")])
    ledger.claim(LANE, drain.slot, 10)
    ledger.accept([acceptance("evt-2", "noc")])
    assert ledger.release(drain) is True


def test_an_empty_lane_leaves_nothing_behind(ledger: Ledger) -> None:
    _, (drain,) = ledger.accept([acceptance("evt-1", "noc")])
    (lease,), _ = ledger.claim(LANE, drain.slot, 10)
    ledger.record_results([DeliveryResult(lease, attempt(), "delivered")])
    ledger.release(Drain(LANE.name, drain.slot))
    left = set(ledger.client.keys(f"{keys.TAG}*"))
    assert not left & {keys.LANES, keys.LEASES, keys.DEAD, keys.due(LANE.name), keys.drains(LANE.name)}
    assert ledger.client.hget(keys.lane(LANE.name), "inflight") == "0"


# ------------------------------------------------------------------ dead letters and reading


def test_a_dead_letter_is_listed_and_replayed_once(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(result=REFUSED), "dead", reason=FailureReason.REJECTED)])
    views = Views(ledger.client)
    assert [row["reason"] for row in views.deliveries(state="dead")] == ["rejected"]
    assert ledger.replay([lease.id, "no-such"]) == [lease.id]
    assert ledger.replay([lease.id]) == []
    assert views.deliveries(state="dead") == []
    (again,) = claim(ledger)
    assert (again.id, again.failures) == (lease.id, 0)


def test_lists_are_newest_first_and_filtered(ledger: Ledger) -> None:
    for number in range(5):
        ledger.accept([acceptance(f"evt-{number}", "noc", "ana/email", source="psa" if number % 2 else "rmm")])
        time.sleep(0.002)
    views = Views(ledger.client)
    assert [row["id"] for row in views.events(limit=3)] == ["evt-4", "evt-3", "evt-2"]
    assert {row["source"] for row in views.deliveries(sources=["psa"])} == {"psa"}
    assert [row["event"] for row in views.deliveries(event="evt-3", target="noc")] == ["evt-3"]


def test_an_event_tells_its_deliveries_and_attempts(ledger: Ledger) -> None:
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(result=REFUSED), "retry", 60, FailureReason.UNAVAILABLE)])
    document = Views(ledger.client).event("evt-1")
    (delivery,) = document["deliveries"]
    assert document["data"]["ticket"]["subject"] == "Drucker geht nicht \u2013 \u201eoffline\u201c"
    assert delivery["attempts"] == [
        {
            "number": 1,
            "started": "2026-11-23T08:00:00.000+00:00",
            "duration_s": 0.01,
            "outcome": "failed",
            "reason": "unavailable",
            "status": 503,
            "detail": "busy",
        }
    ]


def test_ids_from_outside_never_become_part_of_a_key(ledger: Ledger) -> None:
    hostile = "../{}:*\n$(x)"
    ledger.accept([acceptance(hostile, "noc")])
    assert not [key for key in ledger.client.keys("*") if "(x)" in key]
    assert Views(ledger.client).event(hostile)["id"] == hostile


@pytest.fixture
def forgetful(redis_url: str) -> Iterator[Ledger]:
    """A ledger whose retention is a second; keys live for two."""
    client = connect(redis_url, timeout_s=2)
    yield Ledger(client, settings(retention=timedelta(seconds=1)))
    client.close()


def test_an_index_forgets_what_has_expired(forgetful: Ledger) -> None:
    forgetful.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(forgetful)
    forgetful.record_results([DeliveryResult(lease, attempt(), "delivered")])
    time.sleep(2.1)
    assert forgetful.trim() == 2
    assert list(forgetful.client.keys(f"{keys.TAG}events*")) == []
    assert list(forgetful.client.keys(f"{keys.TAG}deliver*")) == []


def test_what_waits_longer_than_its_retention_is_kept(forgetful: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.ledger.MAX_TRIMMED", 2)
    forgetful.accept([acceptance(f"evt-{number}", "noc") for number in range(5)])
    for _ in range(3):
        time.sleep(1.1)
        assert forgetful.trim() == 0
    leases = claim(forgetful)
    assert sorted(decode_event(lease.event).id for lease in leases) == [f"evt-{number}" for number in range(5)]
    assert len(Views(forgetful.client).events()) == len(Views(forgetful.client).deliveries()) == 5


def test_what_is_replayed_is_kept_for_as_long_as_what_is_new(redis_url: str) -> None:
    client = connect(redis_url, timeout_s=2)
    ledger = Ledger(client, settings(retention=timedelta(days=3)))
    ledger.accept([acceptance("evt-1", "noc")])
    (lease,) = claim(ledger)
    ledger.record_results([DeliveryResult(lease, attempt(1, REFUSED), "dead", reason=FailureReason.REJECTED)])
    stored = [keys.delivery(lease.id), keys.event(lease.event_key)]
    for key in stored:
        client.expire(key, 60)
    client.delete(keys.deliveries_of("psa"), keys.events_of("psa"))
    assert ledger.replay([lease.id]) == [lease.id]
    assert all(int(client.ttl(key)) > 3 * 86_400 for key in stored)
    assert [row["id"] for row in Views(client).deliveries()] == [lease.id]
    client.close()


def test_the_client_never_repeats_a_call_by_itself(redis_url: str) -> None:
    client = connect(redis_url, timeout_s=2)
    assert isinstance(client, redis.Redis)
    assert client.connection_pool.connection_kwargs["retry"].get_retries() == 0


def test_a_drain_that_leaves_a_backlog_calls_others_to_help(ledger: Ledger) -> None:
    _, drains = ledger.accept([acceptance(f"evt-{n}", "noc") for n in range(200)])
    ledger.claim(LANE, drains[0].slot, 10)
    assert [d.lane for d in ledger.wake()] == [LANE.name] * 3


def test_news_of_a_lane_in_use_ends_the_wait_for_it(ledger: Ledger) -> None:
    _, drains = ledger.accept([acceptance("evt-1", "noc")])
    ledger.claim(LANE, drains[0].slot, 10)
    assert ledger.await_work([LANE.name], 0) is None
    ledger.accept([acceptance("evt-2", "noc"), acceptance("evt-3", "noc")])
    assert ledger.await_work(["other", LANE.name], 5) == LANE.name
    assert ledger.await_work([LANE.name], 0) is None, "one wake for whatever came"


def test_a_message_costs_the_server_so_many_commands(ledger: Ledger) -> None:
    """Each command is CPU of the server, and each write bytes in its append-only file: who adds one says so here."""

    def commands() -> int:
        """Those since the last time, but for the calls of scripts, and a look at a counter that is new (HLEN)."""
        stats: Any = ledger.client.info("commandstats")
        ledger.client.config_resetstat()
        others = {"evalsha", "eval", "info", "config|resetstat", "hlen"}
        return sum(row["calls"] for name, row in stats.items() if name.removeprefix("cmdstat_") not in others)

    def send(id: str) -> tuple[int, int, int]:
        commands()
        ledger.accept([acceptance(id, "noc")])
        accepting = commands()
        (lease,) = claim(ledger)
        claiming = commands()
        ledger.record_results([DeliveryResult(lease, Attempt(1, NOW, 0.1, SENT), "delivered", health="up")])
        return accepting, claiming, commands()

    send("the first, for which the server learns the scripts and the counters")
    assert send("evt-1") == (25, 16, 12)
