"""Runs calls in a greenlet of an event loop, as a worker does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import gevent.socket

from gateway.sending.transport.event_loop import EventLoop

WITHIN_S = 20


def call_in(loop: EventLoop, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What *call* returns or raises in a greenlet of *loop*."""
    future: Future[Any] = Future()

    def work() -> None:
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as exc:
            future.set_exception(exc)

    loop.start([work])
    return future.result(WITHIN_S)


def cooperative(sock: socket.socket) -> Any:
    """A socket of gevent with the connection of *sock*; made and used in a greenlet."""
    return gevent.socket.socket(sock.family, sock.type, sock.proto, fileno=os.dup(sock.fileno()))


def receive(sock: socket.socket, size: int) -> bytes:
    """What comes next from *sock*; called in a greenlet, it gives way meanwhile."""
    with cooperative(sock) as waiting:
        return bytes(waiting.recv(size))


class InLoop:
    """*value*, whose methods are called in a greenlet of *loop*."""

    def __init__(self, loop: EventLoop, value: Any) -> None:
        self._loop, self._value = loop, value

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._value, name)
        return partial(call_in, self._loop, attribute) if callable(attribute) else attribute
