"""Many messages at once in one thread: each has a greenlet, which yields while it waits for the network.

gevent runs the greenlets and provides sockets that yield. Nothing of the standard library is patched: only the code in
`gateway.sending.transport` uses these sockets. Everything else that waits - the lookup of a name, a mail server, a
plugin that opens connections by itself - is called through `run_in_thread`, so that other greenlets run meanwhile.

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
from greenlet import getcurrent, greenlet

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_thread = threading.local()


def current_loop() -> EventLoop | None:
    """The event loop whose greenlet calls this function."""
    return getattr(_thread, "loop", None)


def run_in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Returns or raises what *call*, which may wait, does. In a greenlet, a thread makes the call and other greenlets
    run.

    The call has the context (`contextvars`) of its caller. Outside an event loop it is an ordinary call.
    """
    loop = current_loop()
    return call(*args, **kwargs) if loop is None else loop.run_in_thread(partial(call, *args, **kwargs))


class EventLoop:
    """One thread with its greenlets, and at most *max_threads* threads for calls that block."""

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
        """Calls each of *calls* soon, in a greenlet of its own. May be called from any thread."""
        self._soon.extend(calls)
        self._bell.send()

    def run_in_thread(self, call: Callable[[], R]) -> R:
        """Returns or raises what *call* does in a thread, for the greenlet that asks."""
        # The callback runs in the thread of the call, but a greenlet may only be resumed in its own thread. So the
        # callback leaves that to the loop, through its one thread-safe function.
        waiter: Waiter[None] = Waiter(self._hub)
        future: Future[R] = self._threads.submit(copy_context().run, call)
        future.add_done_callback(lambda _: self._hub.loop.run_callback_threadsafe(waiter.switch, None))
        waiter.get()
        return future.result()

    def at_close(self, call: Callable[[], object]) -> None:
        """Calls *call* in the loop's thread when the loop ends, for example to close sockets that were opened there."""
        self._at_close.append(call)

    def close(self) -> None:
        """Returns when all greenlets have ended. Called from another thread."""
        self._is_closing = True
        self._bell.send()
        self._thread.join()
        self._threads.shutdown()

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        _thread.loop = self
        self._hub: Any = gevent.get_hub()
        self._has_ended = Event()
        self._idle: list[greenlet] = []
        """Greenlets that wait for another call: each new one costs a mapping of memory."""
        self._calls_under_way = 0
        # The bell is the only thing that another thread may touch. It also keeps the loop alive while there is no
        # greenlet, since gevent ends a loop that waits for nothing.
        self._bell: Any = self._hub.loop.async_()
        self._bell.start(self._start_next)
        self._is_ready.set()
        self._has_ended.wait()
        for call in self._at_close:
            call()
        self._bell.close()
        self._hub.destroy(destroy_loop=True)

    def _start_next(self) -> None:
        """Starts one call; the bell starts the next one after the network was looked at.

        A message starts by being rendered, which takes CPU. A hundred starts in a row would delay every message whose
        answer has arrived.
        """
        if self._soon:
            self._calls_under_way += 1
            runner = self._idle.pop() if self._idle else greenlet(self._make_calls, self._hub)
            runner.switch(self._soon.popleft())
        if self._soon:
            self._bell.send()
        elif self._is_closing and not self._calls_under_way:
            for runner in self._idle:
                runner.switch(None)
            self._has_ended.set()

    def _make_calls(self, call: Callable[[], object] | None) -> None:
        """Makes *call*, in a greenlet, and then each call with which the greenlet is resumed; ends at None."""
        while call is not None:
            try:
                call()
            except BaseException:  # the thread must survive: it sends all messages of this process
                log.exception("a message ended with a defect")
            self._calls_under_way -= 1
            if self._is_closing:
                self._bell.send()
            self._idle.append(getcurrent())
            call = self._hub.switch()
