"""Connections that are kept open between two messages."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Closes(Protocol):
    """A connection."""

    def close(self) -> None: ...


K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=Closes)


class ConnectionPool(Generic[K, C]):
    """Idle connections by whom they are with. Safe in threads."""

    def __init__(
        self,
        *,
        max_keys: int,
        max_per_key: int,
        max_idle_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_parties = max_keys
        self._most_each = max_per_key
        self._longest_idle_s = max_idle_s
        self._clock = clock
        self._idle: OrderedDict[K, list[tuple[float, C]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, party: K) -> C | None:
        """The one that was given back last, for the caller alone; whether it still works is for the caller to see."""
        with self._lock:
            many = self._idle.get(party)
            if not many:
                return None
            since, connection = many.pop()
            if self._clock() - since < self._longest_idle_s:
                return connection
            ended = [connection, *(one for _, one in many)]  # those have waited longer
            many.clear()
        _close(ended)
        return None

    def give_back(self, party: K, connection: C) -> None:
        """Keeps *connection* for whoever comes next; closes it when there are enough."""
        ended: list[C] = []
        with self._lock:
            many = self._idle.setdefault(party, [])
            self._idle.move_to_end(party)
            if len(many) < self._most_each:
                many.append((self._clock(), connection))
            else:
                ended.append(connection)
            while len(self._idle) > self._most_parties or self._has_waited_long():
                ended += [one for _, one in self._idle.popitem(last=False)[1]]
        _close(ended)

    def _has_waited_long(self) -> bool:
        """Whether nobody has asked for those of the party that came back longest ago."""
        many = next(iter(self._idle.values()), None)
        return many is not None and (not many or self._clock() - many[-1][0] >= self._longest_idle_s)

    def close(self) -> None:
        with self._lock:
            ended = [connection for many in self._idle.values() for _, connection in many]
            self._idle.clear()
        _close(ended)


def _close(connections: list[C]) -> None:
    for connection in connections:
        connection.close()
