"""The rig: a server, a whole gateway, a sink and a client, and the oracle that compares what they say."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import redis

from gateway.store import keys
from tests.chaos.client import Client
from tests.chaos.proxy import Proxy, to_port, to_socket
from tests.chaos.sink import Sink
from tests.chaos.weakened import Weakness, weakened
from tests.conftest import Server
from tests.support.gateways import ROOT, Gateway, words_of

CATALOG = """
version: 1
categories: {test: {title: Test}}
events:
  test.happened:
    category: test
    title: Something happened
    severity: info
    subject: number
    people: {}
    data: {type: object, required: [number], properties: {number: {type: integer, description: Which one.}}}
    message: {title: "Event {{ number }}", body: "It happened."}
    example: {number: 1}
    notifications:
      any: {title: It happened}
"""
LEASE_S = 4
CONCURRENCY = 16
"""Messages that one worker sends at once."""


@dataclass
class Result:
    """What one scenario found: figures for the report, and the promises that were broken."""

    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.broken.append(otherwise)


class NotPossible(Exception):
    """This machine lacks what the scenario needs."""


NETWORK = "network: {allow: [127.0.0.0/8]}"


class Rig:
    """Everything that one scenario needs, in a folder of its own; *place* is more YAML of every channel."""

    def __init__(
        self,
        *,
        channels: int = 1,
        workers: int = 2,
        place: str = "",
        lease_s: float = LEASE_S,
        server_flags: tuple[str, ...] = (),
        server_environ: Mapping[str, str] | None = None,
        server_folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        before_server: Proxy | None = None,
        before_sink: Proxy | None = None,
        threads: int = 8,
        weakness: Weakness | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ngw"))
        self.sink = Sink(self.folder / "sink.log")
        self.server = Server(server_folder or self.folder, *server_flags, environ=server_environ)
        config = self.folder / "config"
        (config / "routes").mkdir(parents=True)
        (config / "catalog.yaml").write_text(CATALOG)
        names = [f"c{number}" for number in range(channels)]
        extra = f", {place}" if place else ""
        if before_server:
            before_server.upstream = to_socket(str(self.server.socket))
        if before_sink:
            before_sink.upstream = to_port(self.sink.port)
        port = before_sink.port if before_sink else self.sink.port
        lines = [f"  {one}: {{service: json, host: 127.0.0.1, port: {port}, path: /{one}{extra}}}" for one in names]
        routes = f"routes: [{{name: all, notify: [test.happened.any], to: [{', '.join(names)}]}}]"
        (config / "routes" / "all.yaml").write_text("\n".join([NETWORK, "channels:", *lines, routes, ""]))
        self.environ = {
            "REDIS_URL": before_server.url if before_server else self.server.url,
            "GATEWAY_LEASE": f"{int(lease_s * 1000)}ms",
            "GATEWAY_ATTEMPT_TIMEOUT": f"{int(min(lease_s, LEASE_S) * 500)}ms",
            "GATEWAY_TIME_SCALE": "0.05",
            "GATEWAY_CONCURRENCY": str(CONCURRENCY),
            **(environ or {}),
        }
        root = weakened(self.folder, weakness) if weakness else ROOT
        flags = ("--workers", str(workers))
        gateway = Gateway(self.folder / "data", *flags, config=config, environ=self.environ, root=root)
        try:
            self.gateway = gateway.start()
        except BaseException:
            self._remove()
            raise
        self.client = Client(lambda: self.gateway.url, self.gateway.token, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        with suppress(psutil.NoSuchProcess):
            for one in self.gateway.family():
                one.resume()
        self.gateway.stop()
        self._remove()

    def _remove(self) -> None:
        self.sink.close()
        if self.server.process.poll() is None:
            self.server.stop()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------------ faults

    def processes(self, *commands: str) -> list[psutil.Process]:
        """Those that `gateway up` keeps running, of these kinds: `worker`, `dispatch`, `serve`."""
        found = []
        for one in psutil.Process(self.gateway.process.pid).children():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                words = words_of(one)
                if any(command in words for command in commands):
                    found.append(one)
        return found

    def signal_one(self, chance: random.Random, number: signal.Signals, *commands: str) -> bool:
        """Sends *number* to one of them; whether there was one."""
        found = self.processes(*commands)
        chance.shuffle(found)
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)
                return True
        return False

    # ------------------------------------------------------------------ the oracle

    def state_by_id(self) -> dict[str, str]:
        """Each acknowledged delivery with its state; `gone` when the ledger has none."""
        ids = [id for found in list(self.client.acked.deliveries.values()) for id in found]
        with redis.Redis.from_url(self.server.url, decode_responses=True) as ledger:
            pipe = ledger.pipeline(transaction=False)
            for id in ids:
                pipe.hget(keys.delivery(id), "state")
            return {id: state or "gone" for id, state in zip(ids, pipe.execute(), strict=True)}

    def states(self) -> Counter[str]:
        """How many acknowledged deliveries are in each state."""
        return Counter(self.state_by_id().values())

    def ask(self, path: str) -> Any:
        """What the API answers to a GET."""
        connection = http.client.HTTPConnection(self.gateway.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.gateway.token}"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def deliveries(self, state: str) -> list[dict[str, Any]]:
        """All that are in *state*, as the API lists them."""
        found: list[dict[str, Any]] = []
        page: list[dict[str, Any]] | None = None
        while page is None or page:
            before = f"&before={found[-1]['id']}" if found else ""
            page = list(self.ask(f"/v1/deliveries?limit=500&state={state}{before}")["deliveries"])
            found += page
        return found

    def await_terminal(self, within_s: float = 60.0) -> float:
        """Seconds until each acknowledged delivery was delivered or dead, or *within_s*."""
        began = time.monotonic()
        while time.monotonic() - began < within_s:
            if not set(self.states()) - {"delivered", "dead", "gone"}:
                break
            time.sleep(0.1)
        return round(time.monotonic() - began, 2)

    def judge(self, *, most_twice: int | None = None, within_s: float = 60.0, forgets: bool = False) -> Result:
        """Waits for the end; nothing may be lost or left, and at most *most_twice* messages come again.

        *forgets*: retention ends within the run, so that what is gone from the ledger has come to its end.
        """
        settled_s = self.await_terminal(within_s)
        by_id = self.state_by_id()
        states = Counter(by_id.values())
        taken = Counter(line.delivery for line in self.sink.lines())
        dead = states["dead"]
        lost = sum(state != "dead" for id, state in by_id.items() if id not in taken)
        twice = sum(count - 1 for count in taken.values())
        result = Result(
            {
                "events acknowledged": len(self.client.acked.deliveries),
                "deliveries": len(by_id),
                "delivered": states["delivered"],
                "dead": dead,
                "lost": lost,
                "duplicates": twice,
                "not terminal": sum(states.values()) - states["delivered"] - dead - (states["gone"] if forgets else 0),
                "all terminal after s": settled_s,
                "answers": dict(sorted(self.client.acked.answers.items())),
            }
        )
        result.expect(lost == 0, f"{lost} acknowledged deliveries are lost")
        result.expect(result.figures["not terminal"] == 0, f"not terminal: {dict(states)}")
        if most_twice is not None:
            result.expect(twice <= most_twice, f"{twice} duplicates, {most_twice} allowed")
        return result
