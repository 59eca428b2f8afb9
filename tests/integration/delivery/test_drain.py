"""The sending engine over a real ledger: what is sent, what waits, what a hanging provider holds up."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.delivery.drain import Drainer
from gateway.delivery.turns import LANE_SHARE
from gateway.model import Config, Event, FailureReason, Message, SendResult, Target
from gateway.routing.plan import plan
from gateway.sending.transport.event_loop import run_in_thread
from gateway.settings import Settings
from gateway.store.client import connect
from gateway.store.explanations import encode_explanation
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult, Drain, Lease, PreparedEvent, delivery_ids
from gateway.store.views import Views
from tests.support.builders import config, event
from tests.support.gateways import eventually

AT_ONCE = 8
ROUTES = """
channels:
  noc: {service: inbox}
  slow: {service: inbox}
  narrow: {service: inbox, concurrency: 2}
  single: {service: inbox, concurrency: 1}
  paced: {service: inbox, rate: 20/s}
routes:
  - {name: noc, notify: [ticket.changed.any], when: {ticket.priority: noc}, to: [noc]}
  - {name: slow, notify: [ticket.changed.any], when: {ticket.priority: slow}, to: [slow]}
  - {name: narrow, notify: [ticket.changed.any], when: {ticket.priority: narrow}, to: [narrow]}
  - {name: single, notify: [ticket.changed.any], when: {ticket.priority: single}, to: [single]}
  - {name: paced, notify: [ticket.changed.any], when: {ticket.priority: paced}, to: [paced]}
"""
CONFIG = config(ROUTES)


class Provider:
    """Takes messages as it is told and remembers them."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.answer: Callable[[Target], SendResult] = lambda target: SendResult(None, status=200)
        self._lock = threading.Lock()

    def send(self, target: Target, message: Message, delivery_id: str, *_: Any) -> SendResult:
        with self._lock:
            self.at_once[target.name] += 1
            self.most_at_once[target.name] = max(self.most_at_once[target.name], self.at_once[target.name])
        try:
            return run_in_thread(self.answer, target)
        finally:
            with self._lock:
                self.at_once[target.name] -= 1
                self.sent[target.name] += 1


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def settings() -> Settings:
    return Settings(concurrency=AT_ONCE, linger=timedelta(seconds=1), time_scale=0.001)


@pytest.fixture
def ledger(redis_url: str, settings: Settings) -> Iterator[Ledger]:
    client = connect(redis_url, timeout_s=2)
    yield Ledger(client, settings)
    client.close()


@pytest.fixture
def drainer(ledger: Ledger, provider: Provider, settings: Settings) -> Iterator[Drainer]:
    one = Drainer(ledger, lambda: CONFIG, provider, settings)
    yield one
    one.close()


def post(ledger: Ledger, lane: str, count: int, prefix: str = "e", using: Config = CONFIG) -> list[Drain]:
    def acceptance(number: int) -> PreparedEvent:
        one: Event = event({"ticket": {"id": number, "priority": lane}}, id=f"{prefix}{lane}{number}")
        planned = plan(one, using)
        told = [{"id": id} for id in delivery_ids(one, planned)]
        answer = {"id": one.id, "status": "accepted", "deliveries": told}
        return PreparedEvent(
            one,
            planned,
            delivery_ids(one, planned),
            encode_explanation(planned),
            "c",
            (),
            "f",
            answer,
        )

    return ledger.accept([acceptance(number) for number in range(count)])[1]


def states(ledger: Ledger) -> Counter[str]:
    return Counter(row["state"] for row in Views(ledger.client).deliveries(limit=1000))


def test_what_is_due_is_sent_and_what_comes_later_too(ledger: Ledger, drainer: Drainer, provider: Provider) -> None:
    (drain,) = post(ledger, "noc", 50)
    drainer.take(drain)
    assert eventually(lambda: states(ledger) == {"delivered": 50})
    assert post(ledger, "noc", 5, prefix="later") == [], "the lane is in use: no job for it"
    assert eventually(lambda: states(ledger) == {"delivered": 55})
    assert provider.sent == {"noc": 55}


def test_a_provider_that_hangs_holds_up_nobody_else(ledger: Ledger, drainer: Drainer, provider: Provider) -> None:
    release = threading.Event()

    def hangs(target: Target) -> SendResult:
        if target.name == "slow":
            release.wait(20)
        return SendResult(None)

    provider.answer = hangs
    drainer.take(post(ledger, "slow", 30)[0])
    assert eventually(lambda: provider.at_once["slow"] == int(AT_ONCE * LANE_SHARE))
    drainer.take(post(ledger, "noc", 30)[0])
    assert eventually(lambda: provider.sent["noc"] == 30)
    assert provider.sent["slow"] == 0
    release.set()
    assert eventually(lambda: states(ledger) == {"delivered": 60})


def test_a_lane_keeps_its_concurrency_and_goes_on(ledger: Ledger, drainer: Drainer, provider: Provider) -> None:
    provider.answer = lambda target: time.sleep(0.01) or SendResult(None)  # type: ignore[func-returns-value]
    drainer.take(post(ledger, "narrow", 20)[0])
    assert eventually(lambda: states(ledger) == {"delivered": 20})
    assert provider.most_at_once["narrow"] == 2


class LateLedger(Ledger):
    """Records results only after somebody has asked for more, twice: the first time the message may be under way."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._asked = threading.Semaphore(0)

    def claim(self, *args: Any) -> tuple[list[Lease], float | None]:
        answer = super().claim(*args)
        self._asked.release()
        return answer

    def record_results(self, settlements: Sequence[DeliveryResult]) -> list[int]:
        while self._asked.acquire(blocking=False):
            pass
        for _ in range(2):
            self._asked.acquire(timeout=1)
        return super().record_results(settlements)


@pytest.mark.parametrize("defect", [ValueError("of ours"), SystemExit("of a plugin")], ids=["error", "exit"])
def test_a_defect_while_sending_is_an_outcome_and_frees_its_place(
    ledger: Ledger, drainer: Drainer, provider: Provider, defect: BaseException
) -> None:
    def fail_once(target: Target) -> SendResult:
        provider.answer = lambda target: SendResult(None)
        raise defect

    provider.answer = fail_once
    drainer.take(post(ledger, "single", 2)[0])
    assert eventually(lambda: states(ledger)["delivered"] >= 1)
    assert eventually(lambda: not drainer._turns._under_way.total())
    firsts = [row["attempts"][0]["reason"] for row in Views(ledger.client).deliveries()]
    assert sorted(firsts, key=str) == [None, "internal"]


class FailingLedger(Ledger):
    """Has a defect in the first claim and in the first settlement."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.failures: list[str] = []

    def claim(self, *args: Any) -> tuple[list[Lease], float | None]:
        self._fail_once("claim")
        return super().claim(*args)

    def record_results(self, settlements: Sequence[DeliveryResult]) -> list[int]:
        self._fail_once("record_results")
        return super().record_results(settlements)

    def _fail_once(self, what: str) -> None:
        if what not in self.failures:
            self.failures.append(what)
            raise KeyError("a defect")


def test_a_defect_ends_no_thread(redis_url: str, ledger: Ledger, provider: Provider, settings: Settings) -> None:
    failing = FailingLedger(ledger.client, settings)
    drainer = Drainer(failing, lambda: CONFIG, provider, settings)
    try:
        drainer.take(post(ledger, "noc", 1, "a")[0])
        assert eventually(lambda: "record_results" in failing.failures)
        post(ledger, "noc", 1, "b")
        assert eventually(lambda: states(ledger) == {"delivered": 1, "sending": 1})
    finally:
        drainer.close()


def test_a_lane_is_kept_while_its_results_are_not_recorded(
    redis_url: str, ledger: Ledger, provider: Provider, settings: Settings
) -> None:
    late = Drainer(LateLedger(ledger.client, settings), lambda: CONFIG, provider, settings)
    try:
        late.take(post(ledger, "single", 6)[0])
        assert eventually(lambda: states(ledger) == {"delivered": 6})
    finally:
        late.close()


def test_a_lane_at_its_rate_is_given_back_until_it_may_go_on(
    ledger: Ledger, drainer: Drainer, provider: Provider
) -> None:
    drainer.take(post(ledger, "paced", 10)[0])
    began = time.monotonic()

    def everything_is_sent() -> bool:
        for drain in ledger.wake():
            drainer.take(drain)
        return provider.sent["paced"] == 10

    assert eventually(everything_is_sent)
    assert time.monotonic() - began > 0.2, "ten messages at 20 a second, four of them at once at most"


def test_a_failed_message_is_tried_again_and_a_refused_one_is_dead(
    ledger: Ledger, drainer: Drainer, provider: Provider
) -> None:
    answers = [SendResult(FailureReason.UNAVAILABLE, status=503), SendResult(FailureReason.REJECTED, True, status=400)]
    provider.answer = lambda target: answers.pop(0)
    drainer.take(post(ledger, "noc", 1)[0])

    def is_dead() -> bool:
        for drain in ledger.wake():
            drainer.take(drain)
        return states(ledger) == {"dead": 1}

    assert eventually(is_dead)
    (row,) = Views(ledger.client).deliveries(state="dead")
    assert [(one["number"], one["status"]) for one in row["attempts"]] == [(1, 503), (2, 400)]


def test_a_failure_of_the_gateway_itself_is_an_attempt_that_failed(
    ledger: Ledger, drainer: Drainer, provider: Provider
) -> None:
    def breaks(target: Target) -> SendResult:
        raise RuntimeError("a bug")

    provider.answer = breaks
    drainer.take(post(ledger, "noc", 1)[0])
    assert eventually(lambda: Views(ledger.client).deliveries()[0]["reason"] == "internal")


def test_a_target_that_this_process_does_not_know_yet_is_tried_again(
    ledger: Ledger, provider: Provider, settings: Settings
) -> None:
    configs = [replace(CONFIG, targets={})]
    drainer = Drainer(ledger, lambda: configs[-1], provider, replace(settings, time_scale=0.01))
    (drain,) = post(ledger, "noc", 1)
    drainer.take(drain)
    assert eventually(lambda: states(ledger) == {"waiting": 1})
    assert eventually(lambda: Views(ledger.client).deliveries()[0]["reason"] == "unknown-target")
    configs.append(CONFIG)

    def is_delivered() -> bool:
        for drain in ledger.wake():
            drainer.take(drain)
        return states(ledger) == {"delivered": 1}

    assert eventually(is_delivered)
    drainer.close()


def test_stopping_finishes_what_is_under_way_and_gives_the_lane_back(
    ledger: Ledger, provider: Provider, settings: Settings
) -> None:
    provider.answer = lambda target: time.sleep(0.2) or SendResult(None)  # type: ignore[func-returns-value]
    drainer = Drainer(ledger, lambda: CONFIG, provider, settings)
    drainer.take(post(ledger, "noc", 100)[0])
    assert eventually(lambda: provider.at_once["noc"] > 0)
    drainer.close()
    assert states(ledger) == {"delivered": provider.sent["noc"], "waiting": 100 - provider.sent["noc"]}
    assert [drain.lane for drain in ledger.wake()][:1] == ["channel/noc"], "its slot is free again"


def test_an_idle_lane_is_given_back(ledger: Ledger, drainer: Drainer) -> None:
    drainer.take(post(ledger, "noc", 1)[0])
    assert eventually(lambda: not ledger.client.exists("{ngw}:drains:channel/noc"))
    assert post(ledger, "noc", 1, prefix="later") != []


class TakesCpu:
    """A sender that takes CPU for each message, as a rendering does, and notes the order in which they come."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.has_begun = threading.Event()

    def send(self, target: Target, message: Message, delivery_id: str, *_: Any) -> SendResult:
        self.targets.append(target.name)
        self.has_begun.set()
        ends = time.thread_time() + 0.03
        while time.thread_time() < ends:
            pass
        return SendResult(None)


def test_a_lane_whose_texts_take_cpu_holds_up_the_others_by_one_of_them(ledger: Ledger) -> None:
    sender = TakesCpu()
    drainer = Drainer(ledger, lambda: CONFIG, sender, Settings(time_scale=0.001))
    drainer.take(post(ledger, "slow", 60)[0])
    assert sender.has_begun.wait(10)
    drainer.take(post(ledger, "noc", 5)[0])
    assert eventually(lambda: states(ledger) == {"delivered": 65})
    drainer.close()

    first = sender.targets.index("noc")
    assert first < 40, "it came long before the other lane was done"
    assert sender.targets[first : first + 9 : 2] == ["noc"] * 5, "the lanes take turns"


def test_a_worker_whose_messages_keep_the_cpu_gives_no_sign_of_life(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.delivery.drain.ASK_LOOP_EVERY_S", 0.05)
    monkeypatch.setattr("gateway.delivery.drain.LOOP_ANSWERS_WITHIN_S", 0.2)
    has_begun, release = threading.Event(), threading.Event()

    class Hog:
        def send(self, target: Target, *_: Any) -> SendResult:
            has_begun.set()
            release.wait(30)  # in the thread of the event loop, without giving way
            return SendResult()

    signs: list[float] = []
    drainer = Drainer(ledger, lambda: CONFIG, Hog(), settings, on_turn=lambda: signs.append(time.monotonic()))
    try:
        assert eventually(lambda: len(signs) > 1)
        (drain,) = post(ledger, "noc", 1)
        drainer.take(drain)
        assert has_begun.wait(10)
        assert eventually(lambda: time.monotonic() - signs[-1] > 1.0), "it gives none any more"
        release.set()
        count = len(signs)
        assert eventually(lambda: len(signs) > count)
    finally:
        release.set()
        drainer.close()
