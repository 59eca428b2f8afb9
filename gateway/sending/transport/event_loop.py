"""Many messages at once in one thread: each has a greenlet, which gives way while it waits for the network.

With a thread for each message the interpreter's lock changes hands a dozen times a message, which costs as much
CPU as the message itself. What waits for anything but a connection that is open - a name, a handshake, a plugin
that does not speak HTTP - is done `aside`, by threads.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from greenlet import getcurrent, greenlet

log = logging.getLogger(__name__)

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError)

P = ParamSpec("P")
R = TypeVar("R")

_thread = threading.local()


def current_loop() -> EventLoop | None:
    """The hub in whose greenlet this is called."""
    return getattr(_thread, "loop", None)


def run_in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What *call*, which may wait, returns or raises; in a greenlet, a thread calls it and other greenlets go on.

    It has the context (`contextvars`) of its caller.
    """
    loop = current_loop()
    return call(*args, **kwargs) if loop is None else loop.run_in_thread(partial(call, *args, **kwargs))


class EventLoop:
    """One thread with its greenlets, and *helpers* threads at most for what is done aside."""

    def __init__(self, helpers: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._soon: deque[Callable[[], object]] = deque()
        self._bell, self._hears = socket.socketpair()
        self._sleeps = False
        self._under_way = 0
        self._is_closing = False
        self._helpers = ThreadPoolExecutor(helpers, thread_name_prefix="blocking-call")
        self._thread = threading.Thread(target=self._run, name="event-loop", daemon=True)
        self._thread.start()

    def start(self, calls: Iterable[Callable[[], object]]) -> None:
        """Has each of *calls* called soon, in a greenlet of its own. From any thread."""
        self._soon.extend(partial(self._begin, call) for call in calls)
        self._wake()

    def run_in_thread(self, call: Callable[[], R]) -> R:
        """What *call* returns or raises in a thread, for the greenlet that asks."""
        asks = getcurrent()
        future: Future[R] = self._helpers.submit(copy_context().run, call)
        future.add_done_callback(lambda _: self._call_soon(asks.switch))
        self._give_way()
        return future.result()

    def close(self) -> None:
        """Returns when all greenlets have come to their end. From another thread."""
        self._call_soon(self._begin_to_close)
        self._thread.join()
        self._helpers.shutdown()
        self._selector.close()
        self._bell.close()
        self._hears.close()

    def wait_for(self, sock: socket.socket, event: int) -> None:
        """Gives way until *sock* may be read or written, or has ended."""
        self._selector.register(sock, event, getcurrent())
        self._give_way()

    # ------------------------------------------------------------------ the thread

    def _begin_to_close(self) -> None:
        self._is_closing = True

    def _call_soon(self, call: Callable[[], object]) -> None:
        self._soon.append(call)
        self._wake()

    def _wake(self) -> None:
        if self._sleeps:
            self._sleeps = False
            self._bell.send(b"!")

    def _give_way(self) -> None:
        self._main.switch()

    def _begin(self, call: Callable[[], object]) -> None:
        greenlet(partial(self._work, call), self._main).switch()

    def _work(self, call: Callable[[], object]) -> None:
        self._under_way += 1
        try:
            call()
        except BaseException:  # the thread must live: all messages of this process are in it
            log.exception("a message ended with a defect")
        finally:
            self._under_way -= 1

    def _run(self) -> None:
        _thread.loop, self._main = self, getcurrent()
        self._selector.register(self._hears, READ)
        while self._under_way or self._soon or not self._is_closing:
            while self._soon:
                self._soon.popleft()()
            self._sleeps = True  # from here on whoever adds something rings
            ready = self._selector.select(0 if self._soon or self._may_end() else None)
            self._sleeps = False
            for key, _ in ready:
                self._wake_up(key)

    def _may_end(self) -> bool:
        return self._is_closing and not self._under_way

    def _wake_up(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            self._hears.recv(4096)
        else:
            self._selector.unregister(key.fileobj)
            key.data.switch()


class CooperativeSocket:
    """An open socket for the greenlets of a hub: one at a time."""

    def __init__(self, loop: EventLoop, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.close = sock.close
        self._sock = sock
        self._loop = loop
        self._is_tls = isinstance(sock, ssl.SSLSocket)

    def is_usable(self) -> bool:
        """Whether the other side has neither ended it nor said anything unasked; a session ticket (TLS) is nothing."""
        try:
            self._sock.recv(1)
        except WOULD_WAIT:
            return True
        except OSError:
            return False
        return False

    def send(self, data: bytes) -> None:
        """All of *data*. Raises: OSError."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._sock.send(left) :]
            except ssl.SSLWantReadError:
                self._loop.wait_for(self._sock, READ)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._loop.wait_for(self._sock, WRITE)

    def receive(self, most: int) -> bytes:
        """What comes next; nothing at the end. Raises: OSError."""
        if not self._is_tls:
            self._loop.wait_for(self._sock, READ)
        while True:
            try:
                return self._sock.recv(most)
            except WOULD_WAIT:
                self._loop.wait_for(self._sock, READ)
            except ssl.SSLWantWriteError:
                self._loop.wait_for(self._sock, WRITE)
