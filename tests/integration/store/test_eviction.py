"""When memory runs short, what is done with goes before its retention ends, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis

from gateway.model import FailureReason, SendResult
from gateway.store import eviction, keys
from gateway.store.admission import AdmissionControl
from gateway.store.client import connect
from gateway.store.eviction import Eviction
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult
from gateway.store.views import Views
from tests.integration.store.test_ledger import acceptance, attempt, claim, settings

WINDOW = timedelta(hours=24)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_url, timeout_s=2)
    yield client
    client.config_set("maxmemory", 0)
    client.close()


@pytest.fixture
def ledger(client: redis.Redis) -> Ledger:
    return Ledger(client, settings())


@pytest.fixture
def room(client: redis.Redis) -> Eviction:
    chosen = settings(idempotency_window=WINDOW)
    return Eviction(client, chosen, AdmissionControl(client, chosen))


def fill_memory(client: redis.Redis) -> None:
    """As if: 83 % are in use."""
    client.config_set("maxmemory", int(client.info("memory")["used_memory"] * 1.2))


def age(client: redis.Redis, hours: float) -> None:
    """Makes all events older."""
    for key, at in client.zrange(keys.events_of("psa"), 0, -1, withscores=True):
        client.zadd(keys.events_of("psa"), {key: at - hours * 3_600_000})


def deliver(ledger: Ledger, count: int) -> None:
    leases = claim(ledger, count)
    ledger.record_results([DeliveryResult(lease, attempt(), "delivered", health="up") for lease in leases])


def known(client: redis.Redis) -> set[str]:
    return {one["id"] for one in Views(client).events(500)}


def test_nothing_is_forgotten_while_there_is_room(client: redis.Redis, ledger: Ledger, room: Eviction) -> None:
    ledger.accept([acceptance("old", "noc")])
    deliver(ledger, 1)
    age(client, 100)
    assert room.tick() == 0
    assert known(client) == {"old"}


def test_what_was_delivered_goes_with_all_that_is_known_of_it(
    client: redis.Redis, ledger: Ledger, room: Eviction
) -> None:
    ledger.accept([acceptance(f"evt-{number}", "noc", "ana/email") for number in range(5)])
    deliver(ledger, 10)
    age(client, 25)
    fill_memory(client)
    assert room.tick() == 5
    assert (known(client), Views(client).deliveries()) == (set(), [])
    left = {key for key in client.scan_iter() if ":event:" in key or ":delivery:" in key}
    assert left == set()
    assert client.zcard(keys.deliveries_of("psa")) == 0


def test_what_may_be_posted_again_is_still_known(client: redis.Redis, ledger: Ledger, room: Eviction) -> None:
    """Within the idempotency window an event is sent once, however full the memory is."""
    ledger.accept([acceptance("young", "noc")])
    deliver(ledger, 1)
    age(client, 23)
    fill_memory(client)
    assert room.tick() == 0
    assert [one.status for one in ledger.accept([acceptance("young", "noc")])[0]] == ["replayed"]


def test_what_waits_or_is_dead_stays_and_is_passed_over(
    client: redis.Redis, ledger: Ledger, room: Eviction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eviction, "MAX_AT_ONCE", 2)
    ledger.accept([acceptance("dead", "noc")])
    (lease,) = claim(ledger)
    refused = attempt(result=SendResult(FailureReason.REJECTED, True, 400))
    ledger.record_results([DeliveryResult(lease, refused, "dead", reason=FailureReason.REJECTED)])
    ledger.accept([acceptance("waits", "noc", lane="channel/desk")])
    for number in range(3):
        ledger.accept([acceptance(f"done-{number}", "noc")])
    deliver(ledger, 3)
    age(client, 25)
    fill_memory(client)
    assert sum(room.tick() for _ in range(4)) == 3, "what stays is passed over, two at a look"
    assert known(client) == {"dead", "waits"}
    ledger.discard([lease.id], "ana", "old")
    assert sum(room.tick() for _ in range(3)) == 1, "from the oldest again"
    assert known(client) == {"waits"}


def test_what_is_forgotten_leaves_no_index(client: redis.Redis, ledger: Ledger, room: Eviction) -> None:
    ledger.accept([acceptance("old", "ana/sms")])
    deliver(ledger, 1)
    age(client, 25)
    fill_memory(client)

    assert room.tick() == 1
    assert client.keys(f"{keys.INDEX_PREFIX}*") == []
