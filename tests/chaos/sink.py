"""The sink: a receiver that writes a line for each message it took, and misbehaves as scripted."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.receivers import Answer, HttpReceiver, Request

NEVER_S = 3600.0


@dataclass(frozen=True)
class Line:
    """One message that was taken."""

    at: float
    delivery: str
    path: str


def event_number(request: Request) -> int:
    """Which of the client's events the message tells of, by its title."""
    return int(request.json()["title"].removeprefix("Event "))


class Sink(HttpReceiver):
    """Answers as *behave* says; what it answers with 2xx, or breaks off after reading, is a line, fsynced before."""

    def __init__(self, file: Path, behave: Callable[[Request], Answer] = lambda request: Answer()) -> None:
        self.behave = behave
        self.calls: Counter[str] = Counter()
        self._file = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._name = file
        self._counting = threading.Lock()
        super().__init__(self._take)

    def _take(self, request: Request) -> Answer:
        with self._counting:
            self.calls[request.path] += 1
        if not _is_whole(request):
            return Answer(resets=True)  # the connection broke within it: nothing was taken
        answer = self.behave(request)
        if answer.status < 300 and answer.delay_s < NEVER_S:
            os.write(self._file, f"{time.time():.3f} {request.headers['webhook-id']} {request.path}\n".encode())
            os.fsync(self._file)
        return answer

    def lines(self) -> list[Line]:
        """What was taken until now, in order."""
        rows = (row.split(" ") for row in self._name.read_text().splitlines())
        return [Line(float(at), delivery, path) for at, delivery, path in rows]

    def close(self) -> None:
        super().close()
        os.close(self._file)


def _is_whole(request: Request) -> bool:
    """Whether its headers and its body have come to their end; a header that was cut off looks like a whole one."""
    length = request.headers.get("content-length", "")
    return length.isdigit() and len(request.body) >= int(length) > 0
