"""Sends HTTP requests as bytes, for those that no client library can send."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.gateway_folder import PSA

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    is_closed: bool
    """Whether the server ended the connection after it, or said that it would; looked at only where asked for."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def slug(self) -> str:
        """Of a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self
        document = self.json
        assert document["status"] == self.status
        assert document["request_id"]
        return str(document["type"].removeprefix("/problems/"))


@dataclass(frozen=True)
class Gateway:
    """Where a gateway listens."""

    host: str
    port: int

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Sequence[tuple[str, str]] = (),
        token: str | None = PSA,
    ) -> Reply:
        """A well-formed request; *headers* come after the usual ones and never replace them."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Content-Length: {len(body)}"]
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        lines += [f"{name}: {value}" for name, value in headers]
        return self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def post(self, body: bytes | Any, headers: Sequence[tuple[str, str]] = (), token: str | None = PSA) -> Reply:
        """Posts to /v1/events; what is not bytes becomes JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers = [("Content-Type", "application/json"), *headers]
        return self.request("POST", "/v1/events", raw, headers, token)

    def get(self, path: str, token: str | None = PSA) -> Reply:
        return self.request("GET", path, token=token)

    def raw(self, data: bytes, *, ends: bool = False, watch: bool = False) -> Reply:
        """The first reply to *data*.

        With *ends* the sending half is closed after it; with *watch* the reply says whether the server closed.
        """
        with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as connection:
            try:
                connection.sendall(data)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server has answered already and closed
            return read_reply(connection, watch=watch)


def read_reply(connection: socket.socket, *, watch: bool = False) -> Reply:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in lines]
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        body += _more(connection)
    is_closed = headers.get("connection") == "close" or (watch and _is_closed(connection))
    return Reply(int(first.split()[1]), headers, body[:length], is_closed)


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("closed before the reply was whole")
    return received


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(1)
    try:
        while connection.recv(65536):
            pass  # what it says of a request that we did not mean to send
        return True
    except TimeoutError:
        return False
    except ConnectionError:
        return True
