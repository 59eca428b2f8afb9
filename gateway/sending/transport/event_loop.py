"""Many messages at once in one thread: each has a greenlet, which gives way while it waits for the network.

gevent runs the greenlets and brings sockets that give way. Nothing of the standard library is patched: only the code
in `gateway.sending.transport` uses these sockets. Everything else that waits - the lookup of a name, a mail server, a
plugin that opens connections by itself - is called through `run_in_thread`, so that other greenlets go on meanwhile.
docs/decisions/0017-gevent-without-patching.md compares this with an event loop of our own.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import gevent
from gevent.event import Event
from gevent.hub import Waiter
from gevent.pool import Group

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_thread = threading.local()


def current_loop() -> EventLoop | None:
    """The event loop in whose greenlet this is called."""
    return getattr(_thread, "loop", None)


def run_in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What *call*, which may wait, returns or raises. In a greenlet, a thread calls it and other greenlets go on.

    It runs in the context (`contextvars`) of its caller. Outside an event loop it is a plain call.
    """
    loop = current_loop()
    return call(*args, **kwargs) if loop is None else loop.run_in_thread(partial(call, *args, **kwargs))


class EventLoop:
    """One thread with its greenlets, and at most *max_threads* threads for calls that wait by themselves."""

    def __init__(self, max_threads: int) -> None:
        self._soon: deque[Callable[[], object]] = deque()
        self._at_close: list[Callable[[], object]] = []
        self._is_closing = False
        self._is_ready = threading.Event()
        self._threads = ThreadPoolExecutor(max_threads, thread_name_prefix="blocking-call")
        self._thread = threading.Thread(target=self._run, name="event-loop", daemon=True)
        self._thread.start()
        self._is_ready.wait()

    def start(self, calls: Iterable[Callable[[], object]]) -> None:
        """Has each of *calls* called soon, in a greenlet of its own. From any thread."""
        self._soon.extend(calls)
        self._bell.send()

    def run_in_thread(self, call: Callable[[], R]) -> R:
        """What *call* returns or raises in a thread, for the greenlet that asks."""
        # The callback runs in the thread of the call, and a greenlet may only be resumed in its own: so the thread
        # leaves the resumption to the loop, by the one function of it that is safe in threads.
        waiter: Waiter[None] = Waiter(self._hub)
        future: Future[R] = self._threads.submit(copy_context().run, call)
        future.add_done_callback(lambda _: self._hub.loop.run_callback_threadsafe(waiter.switch, None))
        waiter.get()
        return future.result()

    def at_close(self, call: Callable[[], object]) -> None:
        """Has *call* called in the thread of the loop when it ends: it closes the sockets that were opened there."""
        self._at_close.append(call)

    def close(self) -> None:
        """Returns when all greenlets have come to their end. From another thread."""
        self._is_closing = True
        self._bell.send()
        self._thread.join()
        self._threads.shutdown()

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        _thread.loop = self
        self._hub: Any = gevent.get_hub()
        self._messages = Group()
        self._has_ended = Event()
        # The bell is the one thing that another thread may touch. It also keeps the loop alive while there is no
        # greenlet: gevent ends a loop that waits for nothing.
        self._bell: Any = self._hub.loop.async_()
        self._bell.start(self._start_next)
        self._is_ready.set()
        self._has_ended.wait()
        self._messages.join()
        for call in self._at_close:
            call()
        self._bell.close()
        self._hub.destroy(destroy_loop=True)

    def _start_next(self) -> None:
        """Starts one greenlet; the bell brings the next one after the network was looked at.

        A message begins by being rendered, which takes CPU. A hundred beginnings in a row would hold up every message
        whose answer has come.
        """
        if self._soon:
            self._messages.spawn(_call, self._soon.popleft())
        if self._soon:
            self._bell.send()
        elif self._is_closing:
            self._has_ended.set()


def _call(call: Callable[[], object]) -> None:
    try:
        call()
    except BaseException:  # the thread must live: all messages of this process are in it
        log.exception("a message ended with a defect")
