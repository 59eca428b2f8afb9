"""One attempt as seen on the wire: a trace of what happened, and the deadline that ends it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.sending.answers import Refusal
from gateway.sending.transport.faults import Fault
from gateway.sending.webhook import WebhookRequest

CHECK_EVERY_S = 0.25

ChangeRequest = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Called with the URL and the arguments of `requests.request`; returns the arguments to send with."""


class HasFileno(Protocol):
    """A socket of the standard library or of gevent."""

    def fileno(self) -> int: ...


@dataclass(eq=False)
class AttemptTrace:
    """What happened. If there were several requests, the last failed one counts, otherwise the last one."""

    delivery_id: str
    ends: float
    """When the attempt must end, on the clock of `time.monotonic()`."""
    total_s: float
    plain: str = ""
    """The message in plain text, for the second part of an e-mail."""
    mail_headers: Callable[[str], Mapping[str, str]] | None = None
    """Returns headers of an e-mail besides those of the plugin, for the sender's address."""
    webhook: WebhookRequest | None = None
    """What is added to requests of a generic webhook, besides what the plugin writes."""
    change_request: ChangeRequest | None = None
    """How the requests of the plugin are changed."""
    find_refusal: Callable[[bytes], Refusal | None] | None = None
    """Finds a refusal in the body of an answer with a success status."""
    refusal: Refusal | None = None
    """The refusal found in such a body."""
    status: int | None = None
    success_status: int | None = None
    """The status of the last successful answer."""
    smtp_code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers of the HTTP answer; names in lower case."""
    body: bytes = b""
    """The body of the HTTP answer, at most 64 KiB; or the text of the mail server's refusal."""
    fault: Fault | None = None
    fault_detail: str = ""
    """A sentence on what went wrong. It may contain a host name."""
    socket: HasFileno | None = None
    """The socket that is being waited for; the deadline shuts it down."""
    is_late: bool = False
    _refused_at: str = ""

    @property
    def has_failed(self) -> bool:
        is_failure = self.status is not None and not 200 <= self.status < 300
        return is_failure or self.fault is not None or self.refusal is not None

    @property
    def answer(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def left_s(self) -> float:
        return self.ends - time.monotonic()

    def note_fault(self, fault: Fault, sentence: str) -> None:
        if self.is_late or fault is Fault.TIMEOUT:
            self.fault = Fault.TIMEOUT
            # When the deadline ends an attempt, it looks like a closed connection; the deadline is the real reason.
            self.fault_detail = f"the server did not answer within {self.total_s:g} s" if self.is_late else sentence
        else:
            self.fault, self.fault_detail = fault, sentence

    def note_answer(self, status: int, headers: Mapping[str, str], body: bytes, place: str = "") -> None:
        """Notes an answer of *place*, the URL without its query.

        A later success at the same place makes up for a refusal: the plugin has renewed its token. A success elsewhere
        does not, since plugins log in before a message and log out after it.
        """
        refusal = None
        if 200 <= status < 300:
            self.success_status = status
            refusal = self.find_refusal(body) if self.find_refusal and body else None
            if self.refusal and not refusal and place == self._refused_at:
                self.refusal = None
            elif self.has_failed and not refusal:
                return
        elif self.refusal:
            return
        self.status, self.headers, self.body = status, headers, body
        self.fault, self.fault_detail = None, ""
        if refusal:
            self.refusal, self._refused_at = refusal, place


_current: ContextVar[AttemptTrace | None] = ContextVar("trace", default=None)


def current_trace() -> AttemptTrace | None:
    """The trace of the current attempt in this greenlet or thread."""
    return _current.get()


class Deadlines:
    """Ends attempts whose time is up, by shutting down the socket that they wait for.

    A socket's timeout starts again with each byte, so a provider that sends single bytes could keep an attempt going
    for ever. Therefore one thread checks all attempts four times a second.
    """

    def __init__(self) -> None:
        self._open: set[AttemptTrace] = set()
        self._is_closed = threading.Event()

        def end_late_attempts() -> None:
            while not self._is_closed.wait(CHECK_EVERY_S):
                now = time.monotonic()
                for trace in self._open.copy():  # the event loop adds and removes attempts meanwhile
                    if now > trace.ends:
                        # Set before the socket is shut down, so that the waiting code knows why it ended.
                        trace.is_late = True
                        shut(trace.socket)

        self._thread = threading.Thread(target=end_late_attempts, name="deadlines", daemon=True)
        self._thread.start()

    @contextmanager
    def attempt(
        self,
        delivery_id: str,
        total_s: float,
        *,
        plain: str = "",
        mail_headers: Callable[[str], Mapping[str, str]] | None = None,
        webhook: WebhookRequest | None = None,
        change_request: ChangeRequest | None = None,
        find_refusal: Callable[[bytes], Refusal | None] | None = None,
    ) -> Iterator[AttemptTrace]:
        """Requests inside this block are written into the trace, and end after *total_s*."""
        ends = time.monotonic() + total_s
        trace = AttemptTrace(delivery_id, ends, total_s, plain, mail_headers, webhook, change_request, find_refusal)
        token = _current.set(trace)
        self._open.add(trace)
        try:
            yield trace
        finally:
            self._open.discard(trace)
            trace.socket = None
            _current.reset(token)

    def close(self) -> None:
        self._is_closed.set()
        self._thread.join()


def shut(sock: HasFileno | None) -> None:
    """Code that waits for *sock* sees it end. May be called from any thread."""
    if sock is None:
        return
    # Another thread must not touch a socket of gevent or of TLS, but may use a second descriptor of the connection. The
    # socket may have been closed meanwhile.
    with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)
