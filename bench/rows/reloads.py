"""What posting events costs while a large configuration is loaded again and again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from load import Sent
from systems.base import Run, call

from rows.base import Figure
from rows.intake import latency_ms, post, singles, web_server
from rows.scale import routes

ROUTES = 10_000
RATE = 200.0
RELOADS = 5
QUIET_S = 20
WITHIN_S = 120.0
ASK_EVERY_S = 0.2


@dataclass(frozen=True)
class Window:
    """From a change of the files until the web server uses it, in monotonic ns."""

    began_ns: int
    ended_ns: int

    def has(self, sent: Sent) -> bool:
        return self.began_ns <= sent.due_ns <= self.ended_ns


def reloads(divisor: int) -> Sequence[Figure]:
    """p99 at 200 events/s before, and within the windows of five reloads."""
    configuration = routes(ROUTES // divisor)
    with web_server(configuration) as run:
        post(run, singles("warm", 500), None)
        quiet_ended = threading.Event()
        asking = threading.Thread(target=_ask, args=(run, quiet_ended))
        asking.start()
        quiet = post(run, singles("quiet", int(RATE * max(4, QUIET_S // divisor))), RATE)
        quiet_ended.set()
        asking.join()
        windows: list[Window] = []
        changer = threading.Thread(target=_change, args=(run, windows))
        changer.start()
        busy: list[Sent] = []
        number = 0
        while changer.is_alive():
            number += 1
            busy += post(run, singles(f"busy{number}", int(RATE * 5)), RATE)
        changer.join()
    during = [sent for sent in busy if any(window.has(sent) for window in windows)]
    before, while_loading = latency_ms(quiet, 0.99), latency_ms(during, 0.99)
    took_s = sum(window.ended_ns - window.began_ns for window in windows) / len(windows) / 1e9
    return [
        Figure(f"p99 at {RATE:.0f}/s, nothing changes", before, "ms"),
        Figure(f"p99 while {ROUTES // divisor:,} routes are loaded {len(windows)} times", while_loading, "ms"),
        Figure("that is", while_loading / before, "x"),
        Figure("events posted meanwhile", len(during), "events"),
        Figure("from the change until it is used", took_s, "s"),
    ]


def _ask(run: Run, ended: threading.Event) -> None:
    """Asks for the configuration as often as `_change` does, so that both halves bear the same requests."""
    while not ended.wait(ASK_EVERY_S):
        _digest(run)


def _change(run: Run, windows: list[Window]) -> None:
    """Changes a route and waits until the web server uses it, several times."""
    file = Path(run.folder / "config" / "routes" / "extra.yaml")
    for number in range(RELOADS):
        time.sleep(1)
        digest = _digest(run)
        began_ns = time.monotonic_ns()
        extra = {"name": f"extra{number}", "notify": ["lead.created.any"], "to": ["p0"]}
        file.write_text(json.dumps({"routes": [extra]}))
        deadline = time.monotonic() + WITHIN_S
        while _digest(run) == digest:
            assert time.monotonic() < deadline, "the change is not used"
            time.sleep(ASK_EVERY_S)
        windows.append(Window(began_ns, time.monotonic_ns()))


def _digest(run: Run) -> str:
    _, body = call(run.port, "GET", "/readyz")
    return str(json.loads(body)["config"]["digest"])
