"""Ten incidents, rehearsed on a gateway with short intervals: it says what docs/incidents.md shows."""

from __future__ import annotations

import operator
import re
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.dispatcher.ping import HARMLESS
from tests.conftest import Server
from tests.support import gateway_folder, warm
from tests.support.builders import CATALOG
from tests.support.gateways import ROOT, environ_without_gateway, eventually
from tests.support.receivers import Answer, HttpReceiver, Mailbox

PAGE = ROOT / "docs" / "incidents.md"
ROUTES = """
network: {{allow: ["127.0.0.1"]}}
channels:
  web: {{service: json, host: 127.0.0.1, port: {web}}}
  mail:
    {{service: mailto, host: 127.0.0.1, port: {mail}, user: bot, password: {{env: SMTP_PASSWORD}},
     from: bot@example.com, targets: [ana@example.com]}}
  slow: {{service: inbox, rate: 40/s}}
  ops: {{service: inbox}}
routes:
  - {{name: web, notify: [ticket.changed.any], when: {{ticket.priority: web}}, to: [web]}}
  - {{name: mail, notify: [ticket.changed.any], when: {{ticket.priority: mail}}, to: [mail]}}
  - {{name: slow, notify: [ticket.changed.any], when: {{ticket.priority: slow}}, to: [slow]}}
  - {{name: operators, notify: ["gateway.*"], to: [ops]}}
"""
TOKEN = "incident-token"
TIME_SCALE = 0.004
"""An open lane probes after 0.12 s, and is an alarm after 1.2 s."""
ENVIRON = {
    "GATEWAY_SIGN_EVERY": "300ms",
    "GATEWAY_LATE_AFTER": "1s",
    "GATEWAY_TIME_SCALE": str(TIME_SCALE),
    "SMTP_PASSWORD": "wrong",
}
SAYS_WITHIN_S = 30
POLL_EVERY_S = 0.2
HOLDS = {"==": operator.eq, ">": operator.gt}
COMMANDS = {"web": "serve", "worker": "worker", "dispatch": "dispatch"}


@dataclass(frozen=True)
class Row:
    """A row of the page's table: the words in its cells that are set as code."""

    status: int
    readiness: list[str]
    said: list[str]
    metrics: list[str]
    """Each a sample and what holds of it: `gateway_lanes{state="open"} > 0`."""
    alarms: list[str]
    logged: list[str]
    ping_goes_on: bool


def rows() -> dict[str, Row]:
    table = PAGE.read_text("utf-8").partition("<!-- incidents -->\n")[2].partition("\n\n")[0]
    found = {}
    for line in table.splitlines()[2:]:
        name, readiness, said, metric, alarm, logged, ping = (cell.strip() for cell in line.strip("|").split(" | "))
        words = [re.findall(r"`([^`]+)`", cell) for cell in (readiness, said, metric, alarm, logged)]
        found[name] = Row(int(readiness[:3]), *words, ping_goes_on=ping.strip(" |") == "goes on")
    return found


ROWS = rows()


class Rig:
    """A web server, a worker and a dispatcher, each a process of its own that nobody starts again."""

    def __init__(self, folder: Path, server: Server, web: HttpReceiver, mail: Mailbox) -> None:
        self.folder, self.server, self.web = folder, server, web
        self.routes = gateway_folder.write(folder / "config") / "routes"
        (self.routes.parent / "catalog.yaml").write_text(CATALOG, "utf-8")
        (self.routes / "all.yaml").write_text(ROUTES.format(web=web.port, mail=mail.port), "utf-8")
        gateway_folder.write_source(self.routes.parent, "psa", TOKEN)
        source = self.routes / "source-psa.yaml"
        declared = source.read_text().replace('"], tokens', '"], scopes: [admin, "events:write"], tokens')
        source.write_text(declared, "utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environ = {
            **environ_without_gateway(),
            **ENVIRON,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": server.url,
            "GATEWAY_CONFIG": str(self.routes.parent),
            "GATEWAY_DATA": str(folder / "data"),
            "GATEWAY_BIND": f"127.0.0.1:{port}",
            "GATEWAY_URL": self.url,
            "GATEWAY_TOKEN": TOKEN,
        }
        self.log = folder / "log"
        self.processes: dict[str, warm.Process] = {}
        for name in COMMANDS:
            self.start(name)

    def start(self, name: str) -> None:
        self.processes[name] = warm.start(
            "gateway", COMMANDS[name], "--name", name, cwd=self.folder, environ=self.environ, log=self.log
        )

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            process.wait(30)

    def readiness(self) -> tuple[int, list[str]]:
        """(status, slug of the problem) or (200, status and names of the reasons)."""
        try:
            answer = requests.get(f"{self.url}/readyz", timeout=10)
        except requests.RequestException:
            return 0, []
        document = answer.json()
        if answer.status_code != 200:
            return answer.status_code, [document["type"].rpartition("/")[2]]
        return 200, [document["status"], *(reason["name"] for reason in document["reasons"])]

    def call(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        method = "POST" if body else "GET"
        answer = requests.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, place: str, count: int = 1) -> None:
        events = [{"type": "ticket.changed", "data": {"ticket": {"id": n, "priority": place}}} for n in range(count)]
        assert self.call("/v1/events", events)["refused"] == 0

    def alarms(self) -> list[tuple[str, str]]:
        """(id, kind) of every alarm."""
        rows = self.call("/v1/events?type=gateway.trouble&limit=200")["events"]
        return [(row["id"], self.call(f"/v1/events/{row['id']}?source=gateway")["data"]["kind"]) for row in rows]

    def samples(self) -> dict[str, float]:
        """Every sample of `/metrics`, by its name with its labels."""
        answer = requests.get(f"{self.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
        assert answer.ok, answer.text
        lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
        return {sample: float(value) for sample, _, value in lines}

    def status(self) -> str:
        """What `gateway status` prints."""
        return CliRunner().invoke(main, ["status", "--wide"], env=self.environ).output


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    server = Server(folder)
    mail = Mailbox(user="bot", password="right")
    with HttpReceiver() as web:
        rig = Rig(folder, server, web, mail)
        try:
            assert eventually(lambda: rig.readiness() == (200, ["ready"]), 60), rig.log.read_text()
            yield rig
        finally:
            rig.stop()
            mail.close()
            server.stop()
            shutil.rmtree(folder)


# ------------------------------------------------------------------ the incidents


@contextmanager
def provider_down(rig: Rig) -> Iterator[None]:
    rig.web._answer = Answer(503)
    rig.post("web", 8)
    try:
        yield
    finally:
        rig.web._answer = Answer()


@contextmanager
def wrong_smtp_password(rig: Rig) -> Iterator[None]:
    rig.post("mail")
    yield


@contextmanager
def dead(rig: Rig, name: str) -> Iterator[None]:
    rig.processes[name].kill()
    rig.processes[name].wait()
    try:
        yield
    finally:
        rig.start(name)


@contextmanager
def frozen(rig: Rig, name: str) -> Iterator[None]:
    rig.processes[name].send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        rig.processes[name].send_signal(signal.SIGCONT)


@contextmanager
def server_full(rig: Rig) -> Iterator[None]:
    with redis.Redis.from_url(rig.server.url) as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] / 0.8))
        try:
            yield
        finally:
            client.config_set("maxmemory", "0")


@contextmanager
def server_read_only(rig: Rig) -> Iterator[None]:
    with redis.Redis.from_url(rig.server.url) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            yield
        finally:
            client.execute_command("REPLICAOF", "NO", "ONE")


@contextmanager
def password_changed(rig: Rig) -> Iterator[None]:
    with redis.Redis.from_url(rig.server.url) as client:
        client.ping()
        client.config_set("requirepass", "changed")
        client.execute_command("CLIENT", "KILL", "TYPE", "normal")  # all but this one, which knows the server already
        try:
            yield
        finally:
            client.config_set("requirepass", "")


@contextmanager
def typo(rig: Rig) -> Iterator[None]:
    file = rig.routes / "typo.yaml"
    file.write_text("routes: [{name: x, notify: [ticket.changed.any], to: [nobody]}]\n")
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def storm(rig: Rig) -> Iterator[None]:
    rig.post("slow", 140)
    yield


@contextmanager
def stuck_lane(rig: Rig) -> Iterator[None]:
    rig.web._answer = Answer(429, retry_after=str(int(6 / TIME_SCALE)))
    rig.post("web")
    assert eventually(lambda: "paused" in [lane["state"] for lane in rig.call("/v1/lanes")["lanes"]])
    rig.web._answer = Answer()
    rig.post("web")
    yield


INCIDENTS: dict[str, Callable[[Rig], Any]] = {
    "a provider is down": provider_down,
    "the SMTP password is wrong": wrong_smtp_password,
    "the workers are dead": lambda rig: dead(rig, "worker"),
    "the workers are frozen": lambda rig: frozen(rig, "worker"),
    "the dispatcher is dead": lambda rig: dead(rig, "dispatch"),
    "the dispatcher is frozen": lambda rig: frozen(rig, "dispatch"),
    "the server is full": server_full,
    "the server is read-only": server_read_only,
    "the server's password was changed": password_changed,
    "a typo was deployed": typo,
    "a storm of events": storm,
    "a lane is stuck": stuck_lane,
}


def test_every_row_has_its_incident() -> None:
    assert ROWS.keys() == INCIDENTS.keys()


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_gateway_says_what_the_page_shows(name: str, rig: Rig) -> None:
    row = ROWS[name]
    before, logged_before = {id for id, _ in rig.alarms()}, rig.log.stat().st_size

    def readiness() -> bool:
        status, words = rig.readiness()
        return status == row.status and set(words) >= set(row.readiness)  # what follows from it may show as well

    def status() -> bool:
        text = rig.status()
        return all(words in text for words in row.said)

    def metrics() -> bool:
        samples = rig.samples()
        conditions = (condition.rsplit(" ", 2) for condition in row.metrics)
        return all(sample in samples and HOLDS[sign](samples[sample], float(than)) for sample, sign, than in conditions)

    def alarms() -> bool:
        return row.status != 200 or {kind for id, kind in rig.alarms() if id not in before} >= set(row.alarms)

    def log() -> bool:
        text = rig.log.read_bytes()[logged_before:].decode("utf-8", "replace")
        return all(words in text for words in row.logged)

    unseen = [readiness, status, metrics, alarms, log]

    def has_said_everything() -> bool:
        """Each of the five has been so once: not all need be so in the same moment."""
        unseen[:] = [is_so for is_so in unseen if not is_so()]
        time.sleep(POLL_EVERY_S)
        return not unseen

    with INCIDENTS[name](rig):
        assert eventually(has_said_everything, SAYS_WITHIN_S), (
            f"{unseen[0].__name__}: {rig.readiness()}\n{rig.status()}\n{rig.log.read_text()[logged_before:]}"
        )
    assert eventually(lambda: rig.readiness() == (200, ["ready"]), 30), rig.status()
    assert eventually(lambda: rig.call("/v1/status")["told"] == {}, 30), "its end is noticed as well"


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_page_says_whether_the_ping_goes_on(name: str) -> None:
    row = ROWS[name]
    assert row.ping_goes_on == (row.status == 200 and HARMLESS.issuperset(row.readiness[1:]))
