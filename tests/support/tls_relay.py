"""TLS in front of a real server that has none, as stunnel adds it."""

from __future__ import annotations

import socket
import ssl
import threading
from types import TracebackType
from typing import Self

from tests.support.receivers import LOCALHOST


class TlsRelay:
    """Takes TLS connections on *port* and hands what they carry to the server on the unix socket *path*."""

    def __init__(self, path: str, context: ssl.SSLContext) -> None:
        self._path = path
        self._context = context
        self._listener = socket.create_server((LOCALHOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._relay, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _relay(self, client: socket.socket) -> None:
        """One request after another: redis-py sends the next one when it has the answer."""
        with client, socket.socket(socket.AF_UNIX) as server:
            try:
                with self._context.wrap_socket(client, server_side=True) as wrapped:
                    server.connect(self._path)
                    answers = threading.Thread(target=_copy, args=(server, wrapped), daemon=True)
                    answers.start()
                    _copy(wrapped, server)
                    server.shutdown(socket.SHUT_RDWR)
                    answers.join()
            except OSError:
                return


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        return
