"""Lists of the ledger are complete, in order, and read no more than they show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from gateway.errors import NotFound
from gateway.store.client import connect
from gateway.store.index_walk import PAGE, Search, newest_first
from gateway.store.ledger import Ledger
from gateway.store.views import Views
from tests.integration.store.test_ledger import acceptance, settings

COUNT = 3 * PAGE + 17


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
