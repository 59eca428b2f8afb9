"""A real HTTP proxy on this machine. It connects to the requested host, or always to the same place."""

from __future__ import annotations

import base64
import socket
import threading
from types import TracebackType
from typing import Self

from tests.support.receivers import LOCALHOST


class ForwardProxy:
    """Tunnels for CONNECT and forwards whole requests; every name leads to a *port* of this machine."""

    def __init__(self, port: int, *, login: str | None = None, status: int = 200) -> None:
        self.requests: list[str] = []
        """The first line of each request."""
        self._login = login
        self._status = status
        self._to = port
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server((LOCALHOST, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for sock in self._sockets:
            sock.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (received := client.recv(65536)):
                    return
                head += received
            lines, _, rest = head.partition(b"\r\n\r\n")
            first, *headers = lines.decode("latin-1").split("\r\n")
            self.requests.append(first)
            if self._login is not None:
                expected = f"Proxy-Authorization: Basic {base64.b64encode(self._login.encode()).decode()}"
                if expected not in headers:
                    client.sendall(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
                    return
            if self._status != 200:
                client.sendall(f"HTTP/1.1 {self._status} No\r\nContent-Length: 0\r\n\r\n".encode())
                return
            upstream = socket.create_connection((LOCALHOST, self._to))
            self._sockets.append(upstream)
            if first.startswith("CONNECT "):
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                method, url, version = first.split(" ")
                path = "/" + url.split("/", 3)[3]
                kept = [line for line in headers if not line.lower().startswith("proxy-")]
                upstream.sendall("\r\n".join([f"{method} {path} {version}", *kept, "", ""]).encode("latin-1") + rest)
            threading.Thread(target=_copy, args=(upstream, client), daemon=True).start()
            _copy(client, upstream)
        except OSError:
            return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(65536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
