"""Lists of the ledger are complete, in order, and read no more than they show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from gateway.errors import NotFound
from gateway.model import FailureReason, Lane
from gateway.store import index_walk, keys
from gateway.store.client import connect
from gateway.store.index_walk import PAGE, Entry, Search, beside, newest_first
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult
from gateway.store.views import Views
from tests.integration.store.test_ledger import LANE, acceptance, attempt, settings

COUNT = 3 * PAGE + 17
HOUR = timedelta(hours=1)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url, timeout_s=5) as client:
        yield client


@pytest.fixture
def full(client: redis.Redis) -> Views:
    """COUNT events of two sources, accepted a hundred at a time: each hundred has the same time."""
    items = [
        acceptance(f"evt-{number:04}", "noc", "desk" if number else "sms/0a1b2c", source=("psa", "rmm")[number % 2])
        for number in range(COUNT)
    ]
    Ledger(client, settings()).accept(items)
    return Views(client)


def test_a_walk_brings_every_entry_once_newest_first(client: redis.Redis) -> None:
    entries = [(float(1_000 + number // 450), f"{number:05}") for number in range(2_000)]
    client.zadd("a", {id: time for time, id in entries[::2]})
    client.zadd("b", {id: time for time, id in entries[1::2]})

    assert list(newest_first(client, ["a", "b", "none"])) == sorted(entries, reverse=True)
    assert list(newest_first(client, ["a", "b"], Search(before=entries[1_234]))) == sorted(
        entries[:1_234], reverse=True
    )
    assert list(newest_first(client, [])) == []


def test_what_is_added_during_a_walk_changes_nothing(client: redis.Redis) -> None:
    client.zadd("a", {f"{number:05}": number for number in range(1_000)})
    walk = newest_first(client, ["a"])
    first = [next(walk) for _ in range(10)]
    client.zadd("a", {f"{number:05}": number for number in range(1_000, 1_500)})

    assert [id for _, id in (*first, *walk)] == [f"{number:05}" for number in reversed(range(1_000))]


def test_what_no_cover_has_is_found_by_counting(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand waiting deliveries newer than the first that is wanted are not looked at."""
    monkeypatch.setattr(index_walk, "MAX_PAGE", 50)
    entries = [(float(1_000 + number // 7), f"{number:06}") for number in range(5_000)]
    wanted = [entries[number] for number in (0, 3, 2_500, 2_501, 2_700, 4_900)]
    client.zadd("a", {id: time for time, id in entries[::2]})
    client.zadd("b", {id: time for time, id in entries[1::2]})
    client.zadd("open", {id: time for time, id in entries if (time, id) not in wanted and int(id) % 3})
    client.zadd("held", {id: time for time, id in entries if (time, id) not in wanted and int(id) % 3 == 0})
    looked_at: list[object] = []
    monkeypatch.setattr(index_walk, "_walk", watched(index_walk._walk, looked_at))

    def listed(**bounds: Entry) -> list[Entry]:
        return list(beside(client, ["a", "b", "none"], ["open", "held"], Search((), ["open", "held"], **bounds)))

    assert listed() == sorted(wanted, reverse=True)
    assert len(looked_at) < 30, "stretches of time, of which each has at most a page"
    assert listed(before=wanted[3]) == sorted(wanted[:3], reverse=True)
    assert listed(after=wanted[1]) == sorted(wanted[2:], reverse=True)
    assert list(beside(client, ["none"], ["open"], Search((), ["open"]))) == []


def watched(function: Callable[..., Iterator[Entry]], calls: list[object]) -> Callable[..., Iterator[Entry]]:
    """*function*, whose calls are added to *calls*."""

    def call(*args: object) -> Iterator[Entry]:
        calls.append(args)
        return function(*args)

    return call


def test_a_filter_finds_the_oldest(full: Views) -> None:
    (found,) = full.deliveries(target="sms/0a1b2c")

    assert found["event"] == "evt-0000"
    assert [row["event"] for row in full.deliveries(target="sms")] == ["evt-0000"], "by the name of its place"
    assert full.deliveries(target="sm") == []
    assert full.deliveries(target="noc", sources=["none"]) == []
    assert len(full.deliveries(limit=10_000, target="noc")) == COUNT
    assert len(full.events(limit=10_000, sources=["psa"])) == (COUNT + 1) // 2
    assert full.events(type="another") == []
    assert len(full.events(limit=10_000, type="ticket.created")) == COUNT


def test_the_pages_of_a_list_make_the_whole(full: Views) -> None:
    pages: list[str] = []
    while page := full.deliveries(limit=100, before=pages[-1] if pages else None):
        pages += [row["id"] for row in page]

    assert pages == [row["id"] for row in full.deliveries(limit=10_000)]
    assert len(set(pages)) == 2 * COUNT


def test_the_deliveries_of_an_event_are_found_however_old_it_is(full: Views) -> None:
    first, second = full.deliveries(event="evt-0000")

    assert {first["target"], second["target"]} == {"noc", "sms/0a1b2c"}
    assert [row["id"] for row in full.deliveries(event="evt-0000", before=first["id"])] == [second["id"]]
    assert full.deliveries(event="evt-0000", state="dead") == []
    with pytest.raises(NotFound):
        full.deliveries(before="none")


# ------------------------------------------------------------------ filters, and what keeps their indexes right


def sent(events: Views, **filters: object) -> list[str]:
    return [row["event"] for row in events.deliveries(10_000, **filters)]  # type: ignore[arg-type]


def test_events_are_found_by_each_filter_and_by_several(client: redis.Redis) -> None:
    known = acceptance("known", "ana/sms", "noc")
    customer = {"customer": {"id": 30771, "name": "Keller"}}
    other = replace(known.event, id="other", type="lead.created", subject="8", data=customer, customer=(("customer",),))
    Ledger(client, settings()).accept([known, acceptance("other", "ben/sms")._replace(event=other)])
    views = Views(client)

    def found(**filters: object) -> list[str]:
        return [row["id"] for row in views.events(**filters)]  # type: ignore[arg-type]

    assert (
        found(type="lead.created") == found(subject="8") == found(customer="30771") == found(target="ben") == ["other"]
    )
    assert found(subject="7", target="ana", type="ticket.created", sources=["psa"]) == ["known"]
    assert found(target="noc") == found(target="ana/sms") == ["known"], "each event once"
    assert found(subject="7", type="lead.created") == found(target="ana", subject="8") == found(customer="7") == []


def test_pages_of_events_make_the_whole_in_both_directions(full: Views) -> None:
    whole = full.events(10_000)
    pages: list[dict[str, object]] = []
    while page := full.events(100, before=place(pages[-1]) if pages else None):
        pages += page

    assert pages == whole
    assert full.events(10_000, after=place(whole[250])) == whole[:250]
    assert full.events(10_000, target="noc", after=place(whole[250]), before=place(whole[100])) == whole[101:250]


def place(row: dict[str, object]) -> tuple[float, str]:
    time, _, id = str(row["cursor"]).partition("-")
    return float(time), id


def test_each_state_is_found_behind_many_others(client: redis.Redis) -> None:
    """Nothing but the oldest deliveries are in the state that is asked for."""
    ledger = Ledger(client, settings())
    for name in ("delivered", "dead", "waiting"):
        ledger.accept([acceptance(name, "noc", lane=f"channel/{name}")])
    held = acceptance("held", "noc", lane="channel/held")
    plan = replace(held.plan, deliveries=(replace(held.plan.deliveries[0], delay=HOUR),))
    ledger.accept([held._replace(plan=plan)])
    ledger.accept([acceptance("sending", "noc", lane="channel/sending")])
    ledger.accept([acceptance(f"new-{number}", "desk") for number in range(3 * PAGE)])
    for name, verdict in (("delivered", "delivered"), ("dead", "dead")):
        (lease,), _ = ledger.claim(Lane(f"channel/{name}"), "slot", 1)
        ledger.record_results([DeliveryResult(lease, attempt(), verdict, reason=FailureReason.REJECTED)])
    ledger.claim(Lane("channel/sending"), "slot", 1)
    views = Views(client)

    for state in ("delivered", "dead", "held", "sending"):
        assert sent(views, state=state) == sent(views, state=state, target="noc", sources=["psa"]) == [state]
        assert sent(views, state=state, target="desk") == sent(views, state=state, sources=["rmm"]) == []
    assert sent(views, state="waiting")[-1] == "waiting"
    assert sent(views, state="waiting", target="noc") == ["waiting"]

    (dead,) = views.deliveries(state="dead")
    ledger.discard([dead["id"]], "operator", "told")
    assert sent(views, state="dead") == sent(views, state="dead", target="noc") == []
    assert sent(views, state="discarded", target="noc") == ["dead"]


def test_what_is_replayed_is_open_again(client: redis.Redis) -> None:
    ledger, views = Ledger(client, settings()), Views(client)
    ledger.accept([acceptance("evt-1", "ana/sms")])
    (lease,), _ = ledger.claim(LANE, "slot", 1)
    ledger.record_results([DeliveryResult(lease, attempt(), "dead", reason=FailureReason.REJECTED)])

    assert ledger.replay([lease.id]) == [lease.id]
    assert sent(views, state="waiting", target="ana") == ["evt-1"]
    assert sent(views, state="dead") == sent(views, state="dead", target="ana") == []


def test_what_is_trimmed_leaves_no_index(client: redis.Redis) -> None:
    ledger = Ledger(client, settings())
    ledger.accept([acceptance("evt-1", "ana/sms")])
    (lease,), _ = ledger.claim(LANE, "slot", 1)
    ledger.record_results([DeliveryResult(lease, attempt(), "delivered")])
    time.sleep(0.01)
    assert Ledger(client, settings(retention=timedelta(0))).trim() == 2

    assert client.keys(f"{keys.INDEX_PREFIX}*") == []
