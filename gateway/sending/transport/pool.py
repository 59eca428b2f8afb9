"""Connections that are kept open between two messages."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """A connection."""

    def close(self) -> None: ...


K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=Closable)


class ConnectionPool(Generic[K, C]):
    """Idle connections by a key that says whom they are with. Safe in threads.

    A connection that has been idle for *max_idle_s* is not used any more. There is no thread that closes such
    connections: whoever gives a connection back closes those of the keys that nobody has asked for in a long time.
    """

    def __init__(
        self,
        *,
        max_keys: int,
        max_per_key: int,
        max_idle_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_keys = max_keys
        self._max_per_key = max_per_key
        self._max_idle_s = max_idle_s
        self._clock = clock
        self._idle: OrderedDict[K, list[tuple[float, C]]] = OrderedDict()
        """For each key (idle since, connection), the newest last. The key that was given back to last comes last."""
        self._lock = threading.Lock()

    def take(self, key: K) -> C | None:
        """The connection that was given back last, now the caller's alone; the caller checks that it still works."""
        with self._lock:
            idle = self._idle.get(key)
            if not idle:
                return None
            # The newest first: under a lower load the others stay idle, and are closed in time.
            since, connection = idle.pop()
            if self._clock() - since < self._max_idle_s:
                return connection
            expired = [connection, *(older for _, older in idle)]
            idle.clear()
        _close(expired)
        return None

    def take_usable(self, key: K, is_usable: Callable[[C], bool]) -> C | None:
        """As `take`, but only a connection that *is_usable*, which may ask the server; those that are not are closed.

        To ask costs a round trip at most; to lose a message costs more.
        """
        while (connection := self.take(key)) is not None:
            with suppress(OSError):
                if is_usable(connection):
                    return connection
            connection.close()
        return None

    def give_back(self, key: K, connection: C) -> None:
        """Keeps *connection* for the next caller, or closes it when the key has enough of them."""
        surplus: list[C] = []
        with self._lock:
            idle = self._idle.setdefault(key, [])
            self._idle.move_to_end(key)
            if len(idle) < self._max_per_key:
                idle.append((self._clock(), connection))
            else:
                surplus.append(connection)
            while self._idle:
                first = next(iter(self._idle.values()))  # of the key that was given back to longest ago
                is_expired = not first or self._clock() - first[-1][0] >= self._max_idle_s
                if len(self._idle) <= self._max_keys and not is_expired:
                    break
                surplus += [old for _, old in self._idle.popitem(last=False)[1]]
        # Closing may wait for the network: other callers must not wait for it with the lock held.
        _close(surplus)

    def close(self) -> None:
        with self._lock:
            connections = [connection for idle in self._idle.values() for _, connection in idle]
            self._idle.clear()
        _close(connections)


def _close(connections: list[C]) -> None:
    for connection in connections:
        connection.close()
