"""What `gateway/sending/transport/` relies on in gevent beyond its documentation."""

from __future__ import annotations

import socket
import threading
from typing import Any

import gevent
import gevent.event
import gevent.hub
import gevent.socket
import pytest
from greenlet import greenlet


def in_a_thread(call: Any) -> Any:
    """What *call* returns in a thread with a hub of its own."""
    results: list[Any] = []

    def run() -> None:
        results.append(call())
        gevent.get_hub().destroy(destroy_loop=True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return results[0]


def test_another_thread_wakes_a_loop_that_has_nothing_to_do() -> None:
    def run() -> int:
        hub: Any = gevent.get_hub()
        rung = gevent.event.Event()
        bell = hub.loop.async_()
        bell.start(rung.set)
        threading.Timer(0.05, bell.send).start()
        rung.wait()
        bell.close()
        return 1

    assert in_a_thread(run) == 1


def test_another_thread_resumes_a_greenlet() -> None:
    def run() -> Any:
        hub: Any = gevent.get_hub()
        bell = hub.loop.async_()
        bell.start(lambda: None)
        waiter: Any = gevent.hub.Waiter(hub)
        threading.Timer(0.05, hub.loop.run_callback_threadsafe, (waiter.switch, "done")).start()
        value = waiter.get()
        bell.close()
        return value

    assert in_a_thread(run) == "done"


def test_the_hub_and_a_greenlet_below_it_take_turns() -> None:
    def run() -> list[Any]:
        hub: Any = gevent.get_hub()
        order: list[Any] = []
        has_ended = gevent.event.Event()

        def work(argument: Any) -> None:
            while argument is not None:
                order.append(argument)
                argument = hub.switch()

        def resume_twice() -> None:
            below = greenlet(work, hub)
            for argument in (1, 2, None):
                below.switch(argument)
                order.append("hub")
            has_ended.set()

        hub.loop.run_callback(resume_twice)
        has_ended.wait()
        return order

    assert in_a_thread(run) == [1, "hub", 2, "hub", "hub"]


def test_a_socket_without_a_timeout_to_wait_says_that_it_would_block() -> None:
    def run() -> bool:
        ours, theirs = socket.socketpair()
        with theirs, gevent.socket.socket(fileno=ours.detach()) as sock:
            sock.settimeout(0)
            with pytest.raises(BlockingIOError):
                sock.recv(1)
            return True

    assert in_a_thread(run)


def test_a_socket_that_is_shut_through_another_descriptor_has_ended() -> None:
    def run() -> bytes:
        ours, theirs = socket.socketpair()
        twin = ours.dup()
        with theirs, twin, gevent.socket.socket(fileno=ours.detach()) as sock:
            threading.Timer(0.05, twin.shutdown, (socket.SHUT_RDWR,)).start()
            return bytes(sock.recv(1))

    assert in_a_thread(run) == b""


def test_nothing_of_the_standard_library_is_patched() -> None:
    assert socket.socket is not gevent.socket.socket
    assert socket.socket.__module__ == "socket"
