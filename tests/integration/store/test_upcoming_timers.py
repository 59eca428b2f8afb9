"""Lists of timers are complete, whatever they are narrowed to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from gateway.encoding import digest
from gateway.store import keys
from gateway.store.client import connect
from gateway.store.upcoming_timers import MAX_FOUND, list_upcoming
from gateway.times import to_ms

COUNT = 2 * MAX_FOUND + 17
TYPES = ["ticket.due_soon", "sla.breaching_soon"]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url, timeout_s=5) as client:
        yield client


@pytest.fixture
def timers(client: redis.Redis) -> redis.Redis:
    """A ledger with COUNT timers of two types, a hundred at each time; the last is the only one of its source."""
    with client.pipeline(transaction=False) as pipe:
        for number in range(COUNT):
            event_type, source = TYPES[number % 2], "psa" if number < COUNT - 1 else "rmm"
            id = keys.family(source, event_type, str(number))
            record = f'{{"subject": "{number}", "keys": [], "set_by": "{digest(str(number))}"}}'
            fields = {"type": event_type, "source": source, "at": 5_000, "version": 1, "record": record, "data": "{}"}
            pipe.hset(keys.timer(id), mapping=fields)
            pipe.zadd(keys.timers(event_type), {id: 1_000 + number // 100})
        pipe.sadd(keys.SOURCES, "psa", "rmm")
        pipe.execute()
    return client


def test_the_pages_of_a_list_make_the_whole(timers: redis.Redis) -> None:
    pages: list[str] = []
    place = None
    while page := list_upcoming(timers, TYPES, 500, after=place):
        pages += [timer.id for timer, _ in page]
        timer, next = page[-1]
        place = float(to_ms(next)), timer.id

    assert len(set(pages)) == len(pages) == COUNT
    assert pages == [timer.id for timer, _ in list_upcoming(timers, TYPES, COUNT + 1)]


def test_the_last_timer_is_found_by_its_source_and_by_its_subject(timers: redis.Redis) -> None:
    last = str(COUNT - 1)

    assert [timer.subject for timer, _ in list_upcoming(timers, TYPES, 50, ["rmm"])] == [last]
    assert [timer.subject for timer, _ in list_upcoming(timers, TYPES, 50, None, last)] == [last]
    assert list_upcoming(timers, TYPES, 50, ["psa"], last) == []
    assert list_upcoming(timers, TYPES, 50, []) == []
