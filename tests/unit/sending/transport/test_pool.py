from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.sending.transport.pool import ConnectionPool


class Connection:
    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


Build = Callable[..., "ConnectionPool[str, Connection]"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build(clock: Clock) -> Build:
    def build_pool(max_keys: int = 10, max_per_key: int = 10) -> ConnectionPool[str, Connection]:
        return ConnectionPool(max_keys=max_keys, max_per_key=max_per_key, max_idle_s=30, clock=clock)

    return build_pool


def test_a_connection_is_taken_by_one_caller_only(build: Build) -> None:
    kept, connection = build(), Connection()
    assert kept.take("a") is None
    kept.give_back("a", connection)
    assert kept.take("b") is None
    assert kept.take("a") is connection
    assert kept.take("a") is None


def test_the_last_one_given_back_is_taken_first(build: Build) -> None:
    kept, first, last = build(), Connection(), Connection()
    kept.give_back("a", first)
    kept.give_back("a", last)
    assert kept.take("a") is last


def test_those_that_nobody_asks_for_are_closed_when_others_come_back(build: Build, clock: Clock) -> None:
    kept, old, young = build(), [Connection(), Connection()], Connection()
    for connection in old:
        kept.give_back("a", connection)
    clock.now_s = 31
    kept.give_back("b", young)
    assert [one.is_closed for one in (*old, young)] == [True, True, False]


def test_those_that_were_idle_for_too_long_are_closed(build: Build, clock: Clock) -> None:
    kept, old, young = build(), [Connection(), Connection()], Connection()
    for connection in old:
        kept.give_back("a", connection)
    clock.now_s = 20
    kept.give_back("a", young)
    clock.now_s = 31
    assert kept.take("a") is young
    assert kept.take("a") is None
    assert all(connection.is_closed for connection in old)
    assert not young.is_closed


def test_one_too_many_is_closed(build: Build) -> None:
    kept, connections = build(max_per_key=2), [Connection() for _ in range(3)]
    for connection in connections:
        kept.give_back("a", connection)
    assert [connection.is_closed for connection in connections] == [False, False, True]


def test_the_party_not_heard_of_for_longest_goes_first(build: Build) -> None:
    kept, by_party = build(max_keys=2), {name: Connection() for name in "abc"}
    for name in "ab":
        kept.give_back(name, by_party[name])
    again = Connection()
    kept.give_back("a", again)
    kept.give_back("c", by_party["c"])
    assert [name for name, connection in by_party.items() if connection.is_closed] == ["b"]


def test_close_closes_all(build: Build) -> None:
    kept, connections = build(), {name: Connection() for name in "ab"}
    for name, connection in connections.items():
        kept.give_back(name, connection)
    kept.close()
    assert all(connection.is_closed for connection in connections.values())
    assert kept.take("a") is None
