"""Messages of several lanes: whose turn it is, and how many may be under way."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.delivery.turns import Turns
from gateway.model import Attempt, SendResult
from gateway.store.records import DeliveryResult, Lease
from tests.support import builders

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CONFIG = builders.config({})


def leases(lane: str, count: int) -> list[Lease]:
    return [Lease(f"{lane}-{number}", lane, "1", 1, 0, 0, NOW, lane, (), "k", "") for number in range(count)]


def results(leases: list[Lease]) -> list[DeliveryResult]:
    return [DeliveryResult(lease, Attempt(1, NOW, 0.1, SendResult(None)), "delivered") for lease in leases]


def test_messages_begin_in_the_turn_of_their_lanes() -> None:
    turns = Turns(10)
    turns.add("a", leases("a", 3), CONFIG)
    turns.add("b", leases("b", 1), CONFIG)
    turns.add("c", leases("c", 2), CONFIG)
    assert [turns.take_next()[0].id for _ in range(6)] == ["a-0", "b-0", "c-0", "a-1", "c-1", "a-2"]


def test_a_lane_has_a_part_of_the_room_and_all_lanes_have_the_rest() -> None:
    turns = Turns(8)
    turns.add("a", leases("a", 5), CONFIG)
    assert (turns.room("a"), turns.room("b")) == (1, 3)
    turns.add("b", leases("b", 3), CONFIG)
    assert (turns.room("a"), turns.room("c")) == (0, 0)
    assert not turns.await_room(0)


def test_a_message_that_is_sent_leaves_room_and_is_unrecorded_until_the_ledger_has_it() -> None:
    turns, claimed = Turns(2), leases("a", 1)
    turns.add("a", claimed, CONFIG)
    assert turns.room("a") == 0
    turns.note_sent(results(claimed))
    assert (turns.room("a"), turns.has_unrecorded("a")) == (1, True)
    turns.note_recorded(results(claimed))
    assert not turns.has_unrecorded("a")
