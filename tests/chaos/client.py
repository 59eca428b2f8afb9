"""The client: posts each event under its own id until it is acknowledged, and keeps the acknowledgements."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 60.0
"""How long one event is tried."""
WAIT_S = 0.1


@dataclass
class Acknowledged:
    """What was answered with 202: event id to its deliveries, and when the last answer came."""

    deliveries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    """The last answer to each event."""
    posted: dict[str, float] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    """By status, or `broken` where none came."""
    differing: int = 0
    """Events that got other deliveries when they were posted again."""


class Client:
    """*threads* that post to the address that *url* says now, with *token*."""

    def __init__(self, url: Callable[[], str], token: str, threads: int = 8) -> None:
        self._url, self._token = url, token
        self._pool = ThreadPoolExecutor(threads)
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self.acked = Acknowledged()
        self.gives_up = False
        """What is not acknowledged by now is not tried again."""

    def start(self, count: int, per_second: float, first: int = 0, times: int = 1) -> list[Future[None]]:
        """Posts events `e<first>` and on, evenly, each *times* times; the futures end with the acknowledgements."""
        began = time.monotonic()
        return [
            self._pool.submit(self._at, began + place / per_second, f"e{first + place}", first + place)
            for place in range(count)
            for _ in range(times)
        ]

    def post_all(self, count: int, per_second: float = 1e9, first: int = 0, times: int = 1) -> None:
        """The same, to the end. Raises: TimeoutError when an event was not acknowledged in time."""
        for one in self.start(count, per_second, first, times):
            one.result()

    def timed(self, count: int, per_second: float, first: int) -> list[float]:
        """Posts as `post_all`, each once; the seconds from when each was due until its answer."""
        began = time.monotonic()

        def one(place: int) -> float:
            due = began + place / per_second
            time.sleep(max(0.0, due - time.monotonic()))
            self.post_once(f"e{first + place}", first + place)
            return time.monotonic() - due

        return list(self._pool.map(one, range(count)))

    def post_once(self, id: str, number: int) -> int:
        """The status of one try, whatever it is; 0 when the connection broke."""
        try:
            status, document = self._try(id, number)
        except (OSError, http.client.HTTPException):
            self._local.connection.close()
            with self._lock:
                self.acked.answers["broken"] += 1
            return 0
        with self._lock:
            self.acked.answers[str(status)] += 1
            if status == 202:
                self._note(id, document)
        return status

    def close(self) -> None:
        self.gives_up = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        for one in self._connections:
            one.close()

    def _at(self, due: float, id: str, number: int) -> None:
        time.sleep(max(0.0, due - time.monotonic()))
        for _ in self._tries(id):
            if self.gives_up:
                return
            if self.post_once(id, number) == 202:
                return

    def _tries(self, id: str) -> Iterator[None]:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            yield
            time.sleep(WAIT_S)
        raise TimeoutError(f"{id} was not acknowledged within {PATIENCE_S:g} s: {dict(self.acked.answers)}")

    def _try(self, id: str, number: int) -> tuple[int, Any]:
        address = urlsplit(self._url())
        held = getattr(self._local, "connection", None)
        if held is None or (held.host, held.port) != (address.hostname, address.port):
            held = self._local.connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
            self._connections.append(held)
        body = json.dumps({"type": "test.happened", "id": id, "data": {"number": number}})
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        held.request("POST", "/v1/events", body, headers)
        answer = held.getresponse()
        return answer.status, json.loads(answer.read())

    def _note(self, id: str, document: Any) -> None:
        found = tuple(one["id"] for one in document["deliveries"])
        self.acked.differing += self.acked.deliveries.get(id, found) != found
        self.acked.deliveries[id] = found
        self.acked.documents[id] = document
        self.acked.posted.setdefault(id, time.time())


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which *share* of *values* lie; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
