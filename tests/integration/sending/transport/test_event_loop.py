"""Greenlets over real sockets: a greenlet that waits holds up no other."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest
from greenlet import getcurrent

from gateway.sending.transport.event_loop import EventLoop, current_loop, run_in_thread
from tests.support.event_loops import call_in, receive
from tests.support.gateways import eventually

user = ContextVar("user", default="nobody")


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    loop = EventLoop(max_threads=4)
    yield loop
    loop.close()


def test_a_greenlet_that_waits_for_an_answer_holds_up_no_other(loop: EventLoop) -> None:
    ours, theirs = socket.socketpair()
    received: list[bytes] = []
    with ours, theirs:
        loop.start([lambda: received.append(receive(ours, 10))])
        assert call_in(loop, lambda: "another") == "another"
        assert received == []
        theirs.sendall(b"late")
        assert eventually(lambda: received == [b"late"])


def test_a_call_in_a_thread_has_the_context_of_its_caller(loop: EventLoop) -> None:
    def ask() -> tuple[object, str, bool]:
        user.set("ana")
        return run_in_thread(lambda: (current_loop(), user.get(), threading.current_thread() is loop_thread))

    loop_thread = call_in(loop, threading.current_thread)
    assert call_in(loop, ask) == (None, "ana", False)
    assert user.get() == "nobody"


def test_a_call_in_a_thread_holds_up_no_greenlet_and_its_error_comes_back(loop: EventLoop) -> None:
    gate = threading.Event()

    def fail() -> None:
        gate.wait(10)
        raise LookupError("as it is")

    errors: list[BaseException] = []

    def ask() -> None:
        try:
            run_in_thread(fail)
        except LookupError as exc:
            errors.append(exc)

    loop.start([ask])
    assert call_in(loop, lambda: 1) == 1
    assert errors == []
    gate.set()
    assert eventually(lambda: [str(error) for error in errors] == ["as it is"])


def test_outside_an_event_loop_it_is_a_plain_call() -> None:
    assert run_in_thread(threading.current_thread) is threading.current_thread()


@pytest.mark.parametrize("defect", [ValueError("of ours"), SystemExit("of a plugin")], ids=["error", "exit"])
def test_a_defect_is_logged_and_ends_nothing_else(
    loop: EventLoop, caplog: pytest.LogCaptureFixture, defect: BaseException
) -> None:
    def fail() -> None:
        raise defect

    with caplog.at_level(logging.ERROR, "gateway.sending.transport.event_loop"):
        loop.start([fail])
        assert call_in(loop, lambda: "goes on") == "goes on"
    assert [record.message for record in caplog.records] == ["a message ended with a defect"]


def test_close_waits_for_what_is_under_way_and_for_what_was_started() -> None:
    loop = EventLoop(max_threads=1)
    done: list[int] = []

    def work() -> None:
        run_in_thread(time.sleep, 0.1)
        done.append(1)

    loop.start([work, work, work])
    loop.close()
    assert done == [1, 1, 1]


def test_close_calls_what_was_registered_in_the_thread_of_the_loop() -> None:
    loop = EventLoop(max_threads=1)
    threads: list[threading.Thread] = []
    loop.at_close(lambda: threads.append(threading.current_thread()))
    thread = call_in(loop, threading.current_thread)
    loop.close()
    assert threads == [thread]
    assert not thread.is_alive()


def test_an_answer_that_has_come_does_not_wait_for_all_beginnings(loop: EventLoop) -> None:
    """Messages begin one at a time, and between two of them the network is looked at."""
    ours, theirs = socket.socketpair()
    order: list[str] = []

    def wait() -> None:
        receive(ours, 10)
        order.append("answer")

    def begin() -> None:
        if not order:
            theirs.sendall(b"x")
        order.append("beginning")

    with ours, theirs:
        loop.start([wait])
        call_in(loop, lambda: None)
        loop.start([begin] * 50)
        assert eventually(lambda: len(order) == 51)
        assert order.index("answer") < 5


def test_a_greenlet_makes_many_calls_one_after_the_other(loop: EventLoop) -> None:
    greenlets = {call_in(loop, getcurrent) for _ in range(3)}
    assert len(greenlets) == 1


def test_many_greenlets_wait_at_once(loop: EventLoop) -> None:
    pairs = [socket.socketpair() for _ in range(200)]
    received: list[bytes] = []
    loop.start([lambda ours=ours: received.append(receive(ours, 4)) for ours, _ in pairs])  # type: ignore[misc]
    for number, (_, theirs) in enumerate(pairs):
        theirs.sendall(b"%04d" % number)
    assert eventually(lambda: len(received) == len(pairs))
    assert sorted(received) == [b"%04d" % number for number in range(len(pairs))]
    for pair in pairs:
        for sock in pair:
            sock.close()
