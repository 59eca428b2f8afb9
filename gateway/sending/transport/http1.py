"""HTTP/1.1 on one kept connection: a request out, the beginning of the answer in.

The answer is read by httptools (llhttp, the parser of Node.js). Nothing here has a timeout: what ends a
request that takes too long is `exchange.Deadlines`, which shuts the socket.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field

import httptools
from urllib3.util.wait import wait_for_read

from gateway.sending.transport.event_loop import CooperativeSocket, current_loop

MAX_RESPONSE_BYTES = 64 * 1024
"""Of a body, and of what stands before it."""
READ_BYTES = 64 * 1024
FRAMES = frozenset({"content-length", "transfer-encoding"})
"""What says where a body ends."""
LENIENT = {
    "lenient_headers": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_optional_lf_after_cr": True,
}
"""A provider that writes HTTP badly has taken the message all the same; to call that a fault would send it twice."""


class InvalidResponse(OSError):
    """What came is not HTTP, or ended before its time."""


@dataclass(slots=True)
class HttpResponse:
    """What a provider said; of a name that came several times, the values with commas between them."""

    status: int = 0
    phrase: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    """At most 64 KiB."""


class Connection:
    """An open connection to one provider, for one message at a time: of the hub that it was made in, or of threads."""

    def __init__(self, sock: socket.socket) -> None:
        loop = current_loop()
        self._line = CooperativeSocket(loop, sock) if loop else _Blocking(sock)
        self.sock = sock
        self.is_reusable = True

    def is_usable(self) -> bool:
        """Whether the provider has neither ended it nor said anything unasked."""
        return self._line.is_usable()

    def request(self, request: bytes, *, has_body: bool = True) -> HttpResponse:
        """The final answer to *request*, which is sent once. *has_body*: false for HEAD (RFC 9110, 9.3.2).

        Raises: OSError.
        """
        self.is_reusable = False
        with suppress(BrokenPipeError):  # it has closed, perhaps after an answer: a body may be refused unread
            self._line.send(request)
        reader = _Reader(has_body)
        while not reader.is_done:
            received = self._line.receive(READ_BYTES)
            if received:
                reader.feed(received)
            else:
                reader.end()
        self.is_reusable = reader.is_whole
        return reader.answer

    def close(self) -> None:
        self._line.close()


class _Blocking:
    """An open socket that its thread waits for."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(None)
        self._sock = sock
        self.send = sock.sendall
        self.receive = sock.recv
        self.close = sock.close

    def is_usable(self) -> bool:
        return not wait_for_read(self._sock, timeout=0)


class _Reader:
    """Makes an `Answer` of what the parser calls: its methods `on_...` are httptools' protocol."""

    def __init__(self, has_body: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**LENIENT)
        self._has_body = has_body
        self._size = 0
        self._chunks: list[bytes] = []
        self.answer = HttpResponse()
        self.is_done = False
        self.is_whole = False
        """The answer came to its end, the provider keeps the connection, and nothing came after it."""

    def feed(self, received: bytes) -> None:
        """Raises: BadAnswer."""
        if not self.answer.status:
            self._size += len(received)
        try:
            self._parser.feed_data(received)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            if not self.is_done:
                raise InvalidResponse("no HTTP") from exc
            self.is_whole = False
        if not self.answer.status and self._size > MAX_RESPONSE_BYTES:
            raise InvalidResponse("headers without end")

    def end(self) -> None:
        """Nothing comes any more: the end of an answer that has no other (RFC 9112, 6.3). Raises: BadAnswer."""
        if not self.answer.status or FRAMES & self.answer.headers.keys():
            raise InvalidResponse("the connection ended before the answer")
        self._finish(is_whole=False)

    def on_message_begin(self) -> None:
        self.is_whole = False

    def on_status(self, phrase: bytes) -> None:
        if not self.is_done:
            self.answer.phrase = phrase.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.answer.status:
            return  # a trailer
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self.answer.headers.get(key)
        self.answer.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        if self.answer.status:
            return
        status = self._parser.get_status_code()
        if status < 200:  # an interim answer (RFC 9110, 15.2): the final one follows
            self.answer = HttpResponse()
            return
        self.answer.status, self._size = status, 0
        if not self._has_body:
            self._finish(is_whole=self._parser.should_keep_alive())

    def on_body(self, chunk: bytes) -> None:
        if self.is_done:
            self.is_whole = False
            return
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > MAX_RESPONSE_BYTES:
            self._finish(is_whole=False)

    def on_message_complete(self) -> None:
        if self.answer.status and not self.is_done:
            self._finish(is_whole=self._parser.should_keep_alive())

    def _finish(self, *, is_whole: bool) -> None:
        self.answer.body = b"".join(self._chunks)[:MAX_RESPONSE_BYTES]
        self.is_done, self.is_whole = True, is_whole
