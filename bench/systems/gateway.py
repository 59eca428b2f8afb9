"""The program under test: `gateway up` with its embedded server, one channel for each target."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from systems.base import BENCH_FOLDER, Request, Run, System, post_json, program_version

COMMAND = shlex.split(os.environ.get("GATEWAY_CMD", f"{shlex.quote(sys.executable)} -m gateway"))
TOKEN = "bench-token"
EVENT_TYPE = "ticket.status_changed"
RETRY = ["1s", "2s", "4s", "8s", "16s", "30s"]
"""Of W5: with the usual waits, of minutes and hours, a run would last a day."""


def sink_variable(number: int) -> str:
    """Environment variable that holds the address of channel bench-*number*."""
    return f"BENCH_SINK_URL_{number}"


def bench_routes(targets: int) -> dict[str, object]:
    """The content of routes/bench.yaml: one source, a channel per target, one route to all."""
    channels = {
        f"bench-{number}": {"url": {"env": sink_variable(number)}, "retry": RETRY} for number in range(1, targets + 1)
    }
    return {
        "sources": {"bench": {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["ticket.*"]}},
        "network": {"allow": ["127.0.0.0/8", "::1"]},
        "channels": channels,
        "routes": [{"name": "bench", "notify": [f"{EVENT_TYPE}.any"], "to": list(channels)}],
    }


def event_document(event_id: str) -> dict[str, object]:
    """An event whose id reaches the message's text, where the sink finds it."""
    ticket = {"id": f"ticket-{event_id}", "number": "1042", "subject": f"Event {event_id}"}
    data = {"ticket": {**ticket, "url": "https://psa.example.com/tickets/1042"}}
    return {"type": EVENT_TYPE, "id": event_id, "data": {**data, "status": {"from": "New", "to": "Resolved"}}}


class Gateway(System):
    name = "gateway"
    environment: ClassVar[Mapping[str, str]] = {}
    """Settings that differ from the default."""

    def missing(self) -> str | None:
        return None

    def versions(self) -> dict[str, str]:
        return {"gateway": program_version(COMMAND[0], shlex.join([*COMMAND[1:], "--version"]))}

    def start(self, run: Run) -> None:
        config = run.folder / "config"
        (config / "routes").mkdir(parents=True)
        routes = json.dumps(bench_routes(len(run.targets)), indent=2)  # JSON is YAML
        (config / "routes" / "bench.yaml").write_text(routes)
        addresses = {sink_variable(number): url for number, url in enumerate(run.apprise_urls, 1)}
        flags = ["--config", config, "--data", run.folder / "data", "up", "--bind", f"127.0.0.1:{run.port}"]
        environment = {**own_environment(), **addresses, **self.environment, "GATEWAY_TOKEN": TOKEN}
        run.spawn("gateway", [*COMMAND, *map(str, flags)], env=environment)
        run.await_http("/readyz")

    def request(self, run: Run, event_id: str) -> Request:
        return post_json("/v1/events", event_document(event_id), Authorization=f"Bearer {TOKEN}")


class RelaxedGateway(Gateway):
    """The same, synced to disk once a second."""

    name = "gateway_relaxed"
    environment: ClassVar[Mapping[str, str]] = {"GATEWAY_DURABILITY": "relaxed"}


def own_environment() -> dict[str, str]:
    """Where the package is, for an interpreter that has not got it installed."""
    root = Path(BENCH_FOLDER).parent
    return {"PYTHONPATH": f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
