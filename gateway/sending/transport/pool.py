"""Keeps connections open after a message, so that the next message to the same server need not connect again."""

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
    """Idle connections, by a key that names the server and how it is reached. Threads may share a pool.

    At most *max_per_key* connections are kept for a key, and connections for at most *max_keys* keys. A connection that
    was idle for *max_idle_s* is not used again. No thread is needed to close these: `give_back` closes those of keys
    that have not been used for so long, and `take` those of its own key.
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
        """For each key, pairs of when a connection became idle and the connection. Both are in the order of
        `give_back`, the latest last."""
        self._lock = threading.Lock()

    def take(self, key: K) -> C | None:
        """Takes out the idle connection that was given back last; None if there is none.

        The caller checks whether it still works.
        """
        with self._lock:
            idle = self._idle.get(key)
            if not idle:
                return None
            # The latest one, so that the others expire unused when the load falls.
            since, connection = idle.pop()
            if self._clock() - since < self._max_idle_s:
                return connection
            # The others have been idle for even longer.
            expired = [connection, *(older for _, older in idle)]
            idle.clear()
        _close(expired)
        return None

    def take_usable(self, key: K, is_usable: Callable[[C], bool]) -> C | None:
        """Like `take`, but tries one connection after the other with *is_usable*, and closes those that fail.

        *is_usable* may ask the server: a round trip costs less than a message that is lost with a dead connection.
        """
        while (connection := self.take(key)) is not None:
            with suppress(OSError):
                if is_usable(connection):
                    return connection
            connection.close()
        return None

    def give_back(self, key: K, connection: C) -> None:
        """Keeps *connection* for the next caller, or closes it if the key has enough of them.

        Also closes the connections of expired keys, and those unused for longest if there are too many keys.
        """
        surplus: list[C] = []
        with self._lock:
            idle = self._idle.setdefault(key, [])
            self._idle.move_to_end(key)
            if len(idle) < self._max_per_key:
                idle.append((self._clock(), connection))
            else:
                surplus.append(connection)
            while self._idle:
                oldest = next(iter(self._idle.values()))  # of the key that has gone unused for longest
                is_expired = not oldest or self._clock() - oldest[-1][0] >= self._max_idle_s
                if len(self._idle) <= self._max_keys and not is_expired:
                    break
                surplus += [old for _, old in self._idle.popitem(last=False)[1]]
        # After the lock is released: closing may wait for the network, and other callers must not wait with it.
        _close(surplus)

    def close(self) -> None:
        with self._lock:
            connections = [connection for idle in self._idle.values() for _, connection in idle]
            self._idle.clear()
        _close(connections)


def _close(connections: list[C]) -> None:
    for connection in connections:
        connection.close()
