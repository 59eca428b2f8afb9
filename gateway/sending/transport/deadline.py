"""One attempt as it is seen on the wire: a trace of what happened, and the deadline that ends it."""

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
"""(URL, arguments of `requests.request`) -> the arguments to send with."""


class HasFileno(Protocol):
    """A socket: of the standard library or of gevent."""

    def fileno(self) -> int: ...


@dataclass(eq=False)
class AttemptTrace:
    """What happened. Of several requests, the last that failed counts, else the last."""

    delivery_id: str
    ends: float
    """The end of the attempt, as `time.monotonic()` counts."""
    total_s: float
    plain: str = ""
    """The message in plain text, for the second part of an e-mail."""
    mail_headers: Callable[[str], Mapping[str, str]] | None = None
    """Headers of an e-mail beyond what the plugin writes, for the address of its sender."""
    webhook: WebhookRequest | None = None
    """What requests carry beyond what the plugin writes, when the service is a generic webhook."""
    change_request: ChangeRequest | None = None
    """What becomes of the requests that the plugin makes."""
    find_refusal: Callable[[bytes], Refusal | None] | None = None
    """Says whether the body of an answer with a status of success refuses the message."""
    refusal: Refusal | None = None
    """What such a body says."""
    status: int | None = None
    success_status: int | None = None
    """The status of the last answer that says success."""
    smtp_code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of the HTTP answer; names in lower case."""
    body: bytes = b""
    """The body of the HTTP answer, at most 64 KiB; or the text of the mail server's refusal."""
    fault: Fault | None = None
    fault_detail: str = ""
    """A sentence that says what went wrong. It may hold a host name."""
    socket: HasFileno | None = None
    """The socket that is waited for; the deadline shuts it."""
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
            # A deadline that strikes shows as a connection that ends: what ended it is the deadline.
            self.fault_detail = f"the server did not answer within {self.total_s:g} s" if self.is_late else sentence
        else:
            self.fault, self.fault_detail = fault, sentence

    def note_answer(self, status: int, headers: Mapping[str, str], body: bytes, place: str = "") -> None:
        """Notes an answer of *place*, the URL without its query.

        A request to the same place that succeeds makes up for a refusal before: the plugin has renewed its token.
        A success elsewhere does not, since plugins log in before a message and log out after it.
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
    """The trace of the attempt under way in this greenlet or thread."""
    return _current.get()


class Deadlines:
    """Ends attempts whose time is up, by shutting the socket that they wait for.

    The timeout of a socket begins anew with each byte, so a provider that sends one byte at a time would hold an
    attempt without end. One thread therefore checks all attempts four times a second.
    """

    def __init__(self) -> None:
        self._open: set[AttemptTrace] = set()
        self._is_closed = threading.Event()

        def end_late_attempts() -> None:
            while not self._is_closed.wait(CHECK_EVERY_S):
                now = time.monotonic()
                for trace in self._open.copy():  # the event loop adds and removes attempts meanwhile
                    if now > trace.ends:
                        trace.is_late = True  # before the socket is shut: who sees its end then knows why it ended
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
        """Requests that are made inside are written into the trace, and end after *total_s*."""
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
    """Whoever waits for *sock* sees its end. From any thread."""
    if sock is None:
        return
    # Another thread must not touch a socket of gevent or of TLS; it may use a second descriptor of the same connection.
    # The socket may have been closed meanwhile.
    with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)
