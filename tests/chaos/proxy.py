"""A TCP proxy that does to connections what networks do."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

LOCALHOST = "127.0.0.1"


@dataclass
class Fault:
    """What happens to one piece of a stream; each share is the chance of it."""

    latency_s: float = 0
    drops_replies: float = 0
    """The other side has answered; the answer is thrown away and the connection reset."""
    resets_requests: float = 0
    """The connection is reset before the other side hears anything."""
    cuts_replies: float = 0
    """Half of the answer, then the end."""
    cuts_requests: float = 0
    """Half of the request, then the end of the stream; the answer may still come."""
    half_closes: float = 0
    """The other side has answered; the client hears the end of the stream instead, and may still send."""
    swallows: float = 0
    """Nothing goes on, nothing comes back, the connection stays open."""
    drip_s: float = 0
    """Between two bytes of an answer."""


class Proxy:
    """Listens on a free port and connects each client with what `upstream` opens."""

    upstream: Callable[[], socket.socket]

    def __init__(self, seed: int) -> None:
        self.fault = Fault()
        self.hits = 0
        self._chance = random.Random(seed)
        self._listener = socket.create_server((LOCALHOST, 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"redis://{LOCALHOST}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            far = self.upstream()
        except OSError:
            near.close()
            return
        threading.Thread(target=self._pump, args=(near, far, self._pass_request), daemon=True).start()
        self._pump(far, near, self._pass_reply)

    def _pump(self, source: socket.socket, to: socket.socket, pass_on: Callable[[socket.socket, bytes], bool]) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if not pass_on(to, piece):
                    _reset(source)
                    _reset(to)
                    return
        for one in (source, to):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _hit(self, share: float) -> bool:
        is_hit = share > 0 and self._chance.random() < share
        self.hits += is_hit
        return is_hit

    def _pass_request(self, to: socket.socket, piece: bytes) -> bool:
        fault = self.fault
        time.sleep(fault.latency_s)
        if self._hit(fault.swallows):
            return True
        if self._hit(fault.resets_requests):
            return False
        if self._hit(fault.cuts_requests):
            to.sendall(piece[: len(piece) // 2])
            to.shutdown(socket.SHUT_WR)
            return True
        to.sendall(piece)
        return True

    def _pass_reply(self, to: socket.socket, piece: bytes) -> bool:
        fault = self.fault
        if self._hit(fault.drops_replies):
            return False
        if self._hit(fault.half_closes):
            to.shutdown(socket.SHUT_WR)
            return True
        if self._hit(fault.cuts_replies):
            to.sendall(piece[: len(piece) // 2])
            return False
        if fault.drip_s:
            self.hits += 1
            for place in range(len(piece)):
                to.sendall(piece[place : place + 1])
                time.sleep(fault.drip_s)
        else:
            to.sendall(piece)
        return True


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RD)
    one.close()


def to_port(port: int) -> Callable[[], socket.socket]:
    """Connects to *port* of this machine."""
    return lambda: socket.create_connection((LOCALHOST, port), 5)


def to_socket(path: str) -> Callable[[], socket.socket]:
    """Connects to a unix socket."""

    def connect() -> socket.socket:
        one = socket.socket(socket.AF_UNIX)
        one.connect(path)
        return one

    return connect
