"""Greenlets over real sockets: who waits holds up nobody."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from gateway.sending.transport.event_loop import CooperativeSocket, EventLoop, current_loop, run_in_thread
from tests.support.event_loops import call_in
from tests.support.gateways import eventually

MUCH = b"x" * (8 << 20)
"""More than the buffers of a socket hold."""

asked = ContextVar("asked", default="nobody")


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    one = EventLoop(helpers=4)
    yield one
    one.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_who_waits_for_an_answer_holds_up_nobody(loop: EventLoop, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard: list[bytes] = []
    loop.start([lambda: heard.append(CooperativeSocket(loop, ours).receive(10))])
    assert call_in(loop, lambda: "another") == "another"
    assert heard == []
    theirs.sendall(b"late")
    assert eventually(lambda: heard == [b"late"])


def test_a_request_larger_than_the_buffers_is_sent_as_they_empty(
    loop: EventLoop, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair

    def ask() -> bytes:
        line = CooperativeSocket(loop, ours)
        line.send(MUCH)
        return line.receive(10)

    taken = bytearray()

    def take() -> None:
        while len(taken) < len(MUCH):
            taken.extend(theirs.recv(1 << 20))
        theirs.sendall(b"thanks")

    reader = threading.Thread(target=take)
    reader.start()
    assert call_in(loop, ask) == b"thanks"
    reader.join()
    assert bytes(taken) == MUCH


@pytest.mark.parametrize("says", [b"", b"408"], ids=["ends", "speaks"])
def test_a_connection_that_ends_or_speaks_unasked_is_not_usable(
    loop: EventLoop, pair: tuple[socket.socket, socket.socket], says: bytes
) -> None:
    ours, theirs = pair
    line = call_in(loop, CooperativeSocket, loop, ours)
    assert call_in(loop, line.is_usable)
    theirs.sendall(says) if says else theirs.close()
    assert not call_in(loop, line.is_usable)
    call_in(loop, line.close)


def test_what_is_done_aside_has_a_thread_and_the_context_of_its_caller(loop: EventLoop) -> None:
    def ask() -> tuple[object, str, bool]:
        asked.set("ana")
        return run_in_thread(lambda: (current_loop(), asked.get(), threading.current_thread() is hub_thread))

    hub_thread = call_in(loop, threading.current_thread)
    assert call_in(loop, ask) == (None, "ana", False)
    assert asked.get() == "nobody"


def test_what_is_done_aside_holds_up_nobody_and_its_error_comes_back(loop: EventLoop) -> None:
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
    assert eventually(lambda: [str(one) for one in errors] == ["as it is"])


def test_outside_a_hub_aside_is_a_plain_call() -> None:
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


def test_close_waits_for_what_is_under_way() -> None:
    loop = EventLoop(helpers=1)
    done: list[int] = []

    def work() -> None:
        run_in_thread(time.sleep, 0.3)
        done.append(1)

    loop.start([work, work])
    loop.close()
    assert done == [1, 1]


def test_many_greenlets_wait_at_once(loop: EventLoop) -> None:
    pairs = [socket.socketpair() for _ in range(200)]
    heard: list[bytes] = []
    loop.start([lambda ours=ours: heard.append(CooperativeSocket(loop, ours).receive(4)) for ours, _ in pairs])  # type: ignore[misc]
    for number, (_, theirs) in enumerate(pairs):
        theirs.sendall(b"%04d" % number)
    assert eventually(lambda: len(heard) == len(pairs))
    assert sorted(heard) == [b"%04d" % number for number in range(len(pairs))]
    for both in pairs:
        for one in both:
            one.close()
