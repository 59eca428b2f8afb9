"""Bodies that no mapping could use, in a real ledger."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis

from gateway.errors import NotFound, Overloaded
from gateway.settings import Settings
from gateway.store import keys, unmapped
from gateway.store.alarms import Alarms
from gateway.store.client import connect
from gateway.store.counters import read_counters
from gateway.store.unmapped import UnmappedBodies, UnmappedBody
from tests.conftest import Server

WINDOW = timedelta(minutes=10)
BODY = UnmappedBody(
    "psa",
    "invalid",
    "ticket.created: /data/ticket: this key is missing",
    b'{"a": "\xc3\xa4"}',
    ({"at": "routes/psa.yaml:3:1", "detail": "this key is missing"},),
    {"content-type": "application/json"},
    {"action": "updated"},
    ("tickets",),
)


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    client = connect(server.url, timeout_s=2.0)
    yield client
    client.close()


@pytest.fixture
def bodies(client: redis.Redis) -> UnmappedBodies:
    return UnmappedBodies(client, Settings())


@pytest.mark.parametrize("content", [BODY.body, b"\xff\x00", b"", b"x" * 1_000_000])
def test_a_body_comes_back_as_it_was(bodies: UnmappedBodies, content: bytes) -> None:
    kept = UnmappedBody(BODY.source, BODY.reason, BODY.why, content, BODY.problems, BODY.headers, BODY.query, BODY.path)
    id, is_known = bodies.keep(kept, "same", WINDOW)
    assert not is_known
    assert bodies.get(id, ["psa"]).unmapped == kept


def test_the_same_body_is_kept_once_within_the_window(bodies: UnmappedBodies) -> None:
    first, _ = bodies.keep(BODY, "same", timedelta(milliseconds=50))
    assert bodies.keep(BODY, "same", WINDOW) == (first, True)
    assert not bodies.keep(BODY, "other", WINDOW)[1]
    time.sleep(0.1)
    assert not bodies.keep(BODY, "same", WINDOW)[1]
    assert bodies.counts() == {"psa": 3}


def test_others_see_nothing_of_it(bodies: UnmappedBodies) -> None:
    id, _ = bodies.keep(BODY, "same", WINDOW)
    assert [row["id"] for row in bodies.newest(10, None)] == [id]
    assert bodies.newest(10, ["rmm"]) == []
    with pytest.raises(NotFound):
        bodies.get(id, ["rmm"])
    assert bodies.drop("rmm", [id]) == 0
    assert bodies.drop("psa", [id, id]) == 1
    assert bodies.counts() == {}


def test_a_source_has_a_limited_number_and_the_others_are_not_affected(
    bodies: UnmappedBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, size = 3, 100_000
    monkeypatch.setattr(unmapped, "KeepUnmappedArgs", _limited(number, size))
    ids = [bodies.keep(BODY, str(place), WINDOW)[0] for place in range(number)]
    with pytest.raises(Overloaded, match="gateway unmapped"):
        bodies.keep(BODY, "one more", WINDOW)
    other = UnmappedBody("rmm", "no-rule", "no rule takes it", b"x" * 99_000)
    bodies.keep(other, "a", WINDOW)
    with pytest.raises(Overloaded):
        bodies.keep(other, "b", WINDOW)
    bodies.drop("psa", ids[:1])
    bodies.keep(BODY, "one more", WINDOW)


def _limited(number: int, size: int) -> object:
    def args(**fields: object) -> tuple[object, ...]:
        return (*_ARGS(**fields)[:-2], number, size)  # type: ignore[arg-type] # the fields of the class

    return args


_ARGS = unmapped.KeepUnmappedArgs


def test_operators_hear_of_a_source_once_and_again_after_a_quiet_time(
    bodies: UnmappedBodies, client: redis.Redis
) -> None:
    alarms = Alarms(client)
    first, _ = bodies.keep(BODY, "1", WINDOW)
    bodies.keep(BODY, "2", WINDOW)
    bodies.keep(UnmappedBody("rmm", "unreadable", "the body is\nempty", b""), "1", WINDOW)
    pending = alarms.pending()
    assert [(alarm.kind, alarm.name, alarm.text) for alarm in pending] == [
        ("unmapped", "psa", BODY.why),
        ("unmapped", "rmm", "the body is empty"),
    ]
    assert pending[0].delivery == first
    alarms.dismiss(pending)
    assert alarms.pending() == []
    client.hset(keys.UNMAPPED_NEWEST, "psa", int((time.time() - 3_700) * 1_000))
    bodies.keep(BODY, "3", WINDOW)
    bodies.keep(BODY, "4", WINDOW)
    assert [alarm.name for alarm in alarms.pending()] == ["psa"]
    assert read_counters(client)["unmapped"] == {"psa invalid": 4, "rmm unreadable": 1}


def test_a_body_goes_when_its_retention_has_ended(bodies: UnmappedBodies, client: redis.Redis) -> None:
    old, _ = bodies.keep(BODY, "old", WINDOW)
    young, _ = bodies.keep(BODY, "young", WINDOW)
    client.zadd(keys.unmapped_of("psa"), {old: (time.time() - 8 * 86_400) * 1_000})
    bodies.trim()
    assert [row["id"] for row in bodies.newest(10, None)] == [young]
    held = int(str(client.hget(keys.UNMAPPED_SIZES, "psa")))
    assert held == bodies.get(young, None).size
    assert re.fullmatch("[0-9a-f]{24}", young)
