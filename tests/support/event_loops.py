"""Calls that are made in a greenlet of a hub, as a worker makes them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gateway.sending.transport.event_loop import EventLoop

WITHIN_S = 20


def call_in(loop: EventLoop, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What *call* returns or raises in a greenlet of *hub*."""
    future: Future[Any] = Future()

    def work() -> None:
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as exc:
            future.set_exception(exc)

    loop.start([work])
    return future.result(WITHIN_S)


class InLoop:
    """*one*, whose methods are called in a greenlet of *hub*."""

    def __init__(self, loop: EventLoop, one: Any) -> None:
        self._loop, self._one = loop, one

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._one, name)
        return partial(call_in, self._loop, found) if callable(found) else found
