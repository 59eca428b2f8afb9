"""R20: clients that never finish what they began."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections import Counter
from contextlib import suppress

from tests.chaos.client import percentile
from tests.chaos.rig import NotPossible, Result, Rig

HEAD = b"POST /v1/events HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
MAX_OPEN_S = 20.0
"""What the gateway grants a body; headers have less."""
RATE = 50.0


def slow_clients(scale: float, seed: int) -> Result:
    """R20: half of the sockets never end their headers, half send a byte of the body a second; others are served."""
    return _slow_clients(max(100, int(1_000 * scale)), max(25.0, 60 * scale), f"{MAX_OPEN_S:g}s")


def slow_clients_with_time(scale: float, seed: int) -> Result:
    """The control of R20: a body may take an hour."""
    return _slow_clients(100, MAX_OPEN_S + 8, "1h")


def _slow_clients(sockets: int, seconds: float, body_timeout: str) -> Result:
    _allow_files(4 * sockets)
    with Rig(environ={"GATEWAY_BODY_TIMEOUT": body_timeout}) as rig:
        rig.client.post_all(20)
        slow = Slow(rig.gateway.url, rig.gateway.token, sockets)
        events = int(RATE * seconds)
        took = rig.client.timed(events, RATE, first=20)
        slow.stop()
        result = rig.judge(most_twice=0)
    p99 = round(1000 * percentile(took, 0.99))
    longest = round(max(slow.open_s), 1)
    result.figures |= {
        "sockets": sockets,
        "seconds": round(seconds),
        "p99 of the others ms": p99,
        "offenders closed": dict(sorted(slow.ended.items())),
        "longest open s": longest,
    }
    result.expect(p99 < 250, f"p99 of the others was {p99} ms")
    result.expect(set(result.figures["answers"]) == {"202"}, "another client got an error")
    result.expect(slow.ended["half-open"] >= sockets // 2, "not all half-open sockets were closed")
    result.expect(slow.ended["dripping"] >= sockets // 2, "not all dripping sockets were closed")
    result.expect(longest <= MAX_OPEN_S + 5, f"an offender was open for {longest} s")
    return result


def _allow_files(count: int) -> None:
    """Raises: NotPossible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise NotPossible(f"a process may open {hard} files, not {count}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


class Slow:
    """Sockets that keep a gateway busy with nothing; what is closed is opened again until `stop`."""

    def __init__(self, url: str, token: str, count: int) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = (host, int(port))
        self._token = token.encode()
        self._stopping = threading.Event()
        self.ended: Counter[str] = Counter()
        """How often the gateway has closed a socket, by kind."""
        self.open_s: list[float] = []
        self._kinds = [kind for kind in ("half-open", "dripping") for _ in range(count // 2)]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        held = [(self._open(kind), kind, time.monotonic()) for kind in self._kinds]
        while not self._stopping.wait(1):
            for place, (one, kind, began) in enumerate(held):
                if self._is_closed(one, kind):
                    one.close()
                    self.ended[kind] += 1
                    self.open_s.append(time.monotonic() - began)
                    held[place] = (self._open(kind), kind, time.monotonic())
        self.open_s += [time.monotonic() - began for _, _, began in held]
        for one, _, _ in held:
            one.close()

    def _open(self, kind: str) -> socket.socket:
        one = socket.create_connection(self._address, 10)
        one.sendall(HEAD)
        if kind == "dripping":
            one.sendall(b"Authorization: Bearer " + self._token + b"\r\nContent-Length: 1000\r\n\r\n{")
        one.setblocking(False)
        return one

    def _is_closed(self, one: socket.socket, kind: str) -> bool:
        try:
            while one.recv(4096):
                pass  # an answer that says why; the end comes after it
        except BlockingIOError:
            with suppress(OSError):
                if kind == "dripping":
                    one.send(b" ")
                return False
        except OSError:
            pass
        return True
