"""The recorder's thread: which results share a call of the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from gateway.delivery.recorder import GATHER_S, Recorder
from gateway.model import Attempt, SendResult
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult, Lease

NOW = datetime(2026, 11, 27, tzinfo=UTC)


class Calls:
    """A ledger that notes the ids of each call."""

    def __init__(self) -> None:
        self.ids: list[list[str]] = []

    def record_results(self, batch: Sequence[DeliveryResult]) -> list[int]:
        self.ids.append([result.lease.id for result in batch])
        return [1] * len(batch)


def result(id: str) -> DeliveryResult:
    lease = Lease(id, "channel/noc", "1", 1, 0, 0, NOW, "noc", (), "key", "")
    return DeliveryResult(lease, Attempt(1, NOW, 0.1, SendResult(None)), "delivered")


def record(under_way: list[int], on_wait: Callable[[Recorder, float], object]) -> list[list[str]]:
    """The calls after the result "a", while *under_way* messages are under way; *on_wait* replaces a wait."""
    calls = Calls()
    is_recorded = threading.Event()
    recorder: Any = None

    def sleep(wait_s: float) -> None:
        on_wait(recorder, wait_s)

    def note_done(batch: Sequence[DeliveryResult]) -> None:
        under_way[0] -= len(batch)

    recorder = Recorder(cast(Ledger, calls), note_done, lambda _: is_recorded.set(), lambda: under_way[0], sleep)
    recorder.put(result("a"))
    is_recorded.wait(10)
    recorder.close()
    return calls.ids


def test_a_result_waits_for_those_of_other_messages_and_shares_their_call() -> None:
    waits: list[float] = []

    def end_others(recorder: Recorder, wait_s: float) -> None:
        waits.append(wait_s)
        recorder.put(result("b"))
        recorder.put(result("c"))

    under_way = [4]  # one of them does not end
    assert record(under_way, end_others) == [["a", "b", "c"]]
    assert waits == [GATHER_S]
    assert under_way == [1]


def test_the_result_of_the_only_message_waits_for_nothing() -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("it waited")

    assert record([1], fail) == [["a"]]
