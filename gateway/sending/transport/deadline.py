"""What happens on the wire during one attempt: a record, and the deadline that ends it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from gateway.sending.transport.faults import Fault

MAX_SHOWN_BYTES = 500
LOOKS_EVERY_S = 0.25


@dataclass(eq=False)
class AttemptTrace:
    """What happened; of several requests, the first that failed, else the last."""

    delivery_id: str
    ends: float
    """When time is up, as `time.monotonic()` counts."""
    plain: str = ""
    """The message in plain text, for an e-mail's second part."""
    adds_id: bool = False
    """Send `webhook-id: <delivery id>` along (Standard Webhooks), so that a receiver can drop duplicates."""
    status: int | None = None
    smtp_code: int | None = None
    retry_after: str | None = None
    fault: Fault | None = None
    body: bytes = b""
    """The beginning of the answer."""
    connection: Any = None
    """What is in use: has the socket as `sock`."""
    is_late: bool = False

    @property
    def has_failed(self) -> bool:
        return self.fault is not None or (self.status is not None and not 200 <= self.status < 300)

    @property
    def answer(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def left_s(self) -> float:
        return self.ends - time.monotonic()

    def note_fault(self, fault: Fault) -> None:
        if not self.has_failed:
            self.fault = Fault.TIMEOUT if self.is_late else fault

    def note_answer(self, status: int, retry_after: str | None, body: bytes) -> None:
        if not self.has_failed:
            self.status, self.retry_after, self.body = status, retry_after, body[:MAX_SHOWN_BYTES]


_current: ContextVar[AttemptTrace | None] = ContextVar("trace", default=None)


def current_trace() -> AttemptTrace | None:
    """The exchange under way in this thread."""
    return _current.get()


class Deadlines:
    """Ends exchanges whose time is up, by shutting the socket that they wait for.

    A timeout of a socket begins anew with each byte; a provider that sends one byte at a time
    would hold a thread without end.
    """

    def __init__(self) -> None:
        self._open: set[AttemptTrace] = set()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
        self._thread.start()

    @contextmanager
    def attempt(
        self, delivery_id: str, total_s: float, *, plain: str = "", adds_id: bool = False
    ) -> Iterator[AttemptTrace]:
        """Requests of this thread inside are written into what comes back, and end after *total_s*."""
        one = AttemptTrace(delivery_id, time.monotonic() + total_s, plain, adds_id)
        token = _current.set(one)
        self._open.add(one)
        try:
            yield one
        finally:
            self._open.discard(one)
            one.connection = None
            _current.reset(token)

    def close(self) -> None:
        self._is_closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_closed.wait(LOOKS_EVERY_S):
            now = time.monotonic()
            for one in self._open.copy():
                if now > one.ends:
                    one.is_late = True
                    shut(getattr(one.connection, "sock", None))


def shut(sock: Any) -> None:
    """Whoever waits for *sock* sees its end."""
    if isinstance(sock, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
