"""HTTP/1.1 on one connection: sends a request and reads the answer.

The answer is parsed by httptools (llhttp, the parser of Node.js). Nothing here has a timeout: `deadline.Deadlines` ends
a request that takes too long, by shutting down its socket.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httptools

from gateway.model import NetworkPolicy
from gateway.sending.transport.faults import Fault, TransportFault

MAX_RESPONSE_BYTES = 64 * 1024
"""The limit of a body, and of the headers before it."""
READ_BYTES = 64 * 1024
FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding"})
"""Headers that say where a body ends."""
LENIENT = {
    "lenient_headers": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_optional_lf_after_cr": True,
}
"""A provider that writes HTTP badly has still accepted the message; treating that as a fault would send it twice."""


class InvalidResponse(TransportFault):
    """The answer is not HTTP, or ended too early."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Fault.CONNECTION, sentence)


@dataclass(slots=True)
class HttpResponse:
    """A provider's answer. If a header came several times, its values are joined with commas."""

    status: int = 0
    phrase: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: bytes = b""
    """At most 64 KiB."""


class Connection:
    """An open connection to one provider, for one message at a time.

    The socket is one of gevent's or of the standard library, plain or TLS; all of them have the methods used here.
    """

    def __init__(self, sock: Any, policy: NetworkPolicy | None = None) -> None:
        sock.settimeout(None)
        self.sock = sock
        self.policy = policy
        """The network policy that allowed it."""
        self.is_reusable = True

    def is_allowed(self, policy: NetworkPolicy) -> bool:
        """Whether *policy*, the current one, is the policy that allowed it."""
        # It is the same object until the configuration changes, so the comparison is rarely needed.
        return self.policy is policy or self.policy == policy

    def is_usable(self) -> bool:
        """Whether the provider has neither closed the connection nor sent anything since the last answer.

        A TLS server may send a session ticket at any time; it is read here, and is not an answer.
        """
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(None)
            return True
        except OSError:
            return False
        return False

    def request(self, request: bytes, *, has_body: bool = True) -> HttpResponse:
        """The final answer to *request*, which is sent once. *has_body* is false for HEAD (RFC 9110, 9.3.2).

        Raises: OSError.
        """
        self.is_reusable = False
        # A server that refuses a body without reading it answers and closes: sending fails, but the answer can be read.
        with suppress(BrokenPipeError):
            # Most requests go out at once. gevent's sendall would ask the kernel for the size of a buffer first.
            sent = self.sock.send(request)
            if sent < len(request):
                self.sock.sendall(request[sent:])
        reader = _ResponseReader(has_body)
        while not reader.is_done:
            received = self.sock.recv(READ_BYTES)
            if received:
                reader.feed(received)
            else:
                reader.end()
        self.is_reusable = reader.is_complete
        return reader.response

    def close(self) -> None:
        self.sock.close()


class _ResponseReader:
    """Builds an `HttpResponse` from what the parser reports; the methods `on_...` are httptools' protocol."""

    def __init__(self, has_body: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**LENIENT)
        self._has_body = has_body
        self._size = 0
        self._chunks: list[bytes] = []
        self.response = HttpResponse()
        self.is_done = False
        self.is_complete = False
        """Whether the answer is complete, the provider keeps the connection open, and nothing followed."""

    def feed(self, received: bytes) -> None:
        """Raises: InvalidResponse."""
        if not self.response.status:
            self._size += len(received)
        try:
            self._parser.feed_data(received)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            if not self.is_done:
                raise InvalidResponse("the server's answer is not HTTP") from exc
            self.is_complete = False
        if not self.response.status and self._size > MAX_RESPONSE_BYTES:
            raise InvalidResponse("the headers of the server's answer are too long")

    def end(self) -> None:
        """The connection has ended, which also ends an answer without another end (RFC 9112, 6.3). Raises:
        InvalidResponse."""
        if not self.response.status:
            partly = "in the middle of its answer" if self._size else "without an answer"
            raise InvalidResponse(f"the server closed the connection {partly}")
        if FRAMING_HEADERS & self.response.headers.keys():
            raise InvalidResponse("the server closed the connection in the middle of its answer")
        self._finish(is_complete=False)

    def on_message_begin(self) -> None:
        self.is_complete = False

    def on_status(self, phrase: bytes) -> None:
        if not self.is_done:
            self.response.phrase = phrase.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.response.status:
            return  # a trailer
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        earlier = self.response.headers.get(key)
        self.response.headers[key] = text if earlier is None else f"{earlier}, {text}"

    def on_headers_complete(self) -> None:
        if self.response.status:
            return
        status = self._parser.get_status_code()
        if status < 200:  # an interim answer (RFC 9110, 15.2), which precedes the final one
            self.response = HttpResponse()
            return
        self.response.status, self._size = status, 0
        if not self._has_body:
            self._finish(is_complete=self._parser.should_keep_alive())

    def on_body(self, chunk: bytes) -> None:
        if self.is_done:
            self.is_complete = False
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > MAX_RESPONSE_BYTES:
            self._finish(is_complete=False)

    def on_message_complete(self) -> None:
        if self.response.status and not self.is_done:
            self._finish(is_complete=self._parser.should_keep_alive())

    def _finish(self, *, is_complete: bool) -> None:
        self.response.body = b"".join(self._chunks)[:MAX_RESPONSE_BYTES]
        self.is_done, self.is_complete = True, is_complete
