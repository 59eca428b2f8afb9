"""No process ends because of the ledger's server: each says why it waits, and goes on by itself."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from tests.conftest import Server
from tests.support.gateways import ROOT, Gateway, eventually

PROCESSES = ("web", "worker-1", "dispatch")


class Scene:
    """A gateway, and the place where its server comes and goes."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self.folder = folder
        self.gateway = gateway

    def readiness(self) -> tuple[int, Any]:
        return ask(f"{self.gateway.url}/readyz")

    def detail(self) -> str:
        return str(self.readiness()[1].get("detail", ""))

    def post(self) -> int:
        example = ask(f"{self.gateway.url}/v1/catalog?type=ticket.created", self.gateway.token)[1]["events"][0][
            "example"
        ]
        event = {"type": "ticket.created", "data": example}
        return ask(f"{self.gateway.url}/v1/events", self.gateway.token, event)[0]

    def said(self, words: str) -> set[str]:
        """The processes whose log says *words*."""
        lines = self.gateway.log.read_text().splitlines()
        return {process for process in PROCESSES for line in lines if f" {process}: " in line and words in line}


def ask(url: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = requests.request("POST" if body else "GET", url, json=body, headers=headers, timeout=20)
    return response.status_code, response.json()


@contextmanager
def server(folder: Path, *flags: str) -> Iterator[Server]:
    running = Server(folder, *flags)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A gateway that was started before its server."""
    folder = Path(tempfile.mkdtemp(prefix="ngw"))
    gateway = Gateway(tmp_path / "data", "--workers", "1", environ={"REDIS_URL": f"unix://{folder}/s"}).start()
    yield Scene(folder, gateway)
    assert gateway.stop() == 0
    assert "did not stop in time" not in gateway.log.read_text()
    shutil.rmtree(folder)


def with_acl(folder: Path, rule: str) -> list[str]:
    """Flags of a server whose only user has *rule*."""
    file = folder / "users.acl"
    file.write_text(f"user default on nopass {rule}\nuser test on >test ~* &* +@all\n")
    return ["--aclfile", str(file)]


def test_a_gateway_outlives_every_state_of_its_server(scene: Scene) -> None:
    family = {process.pid for process in scene.gateway.family()}

    def expect(sentence: str) -> None:
        assert eventually(lambda: sentence in scene.detail(), 20), (sentence, scene.readiness())
        assert scene.readiness()[0] == 503
        assert scene.post() == 503
        assert eventually(lambda: scene.said(sentence) == set(PROCESSES), 20), (sentence, scene.said(sentence))

    expect("there is no socket at the path of REDIS_URL")
    troubles = {
        "runs in cluster mode": ["--cluster-enabled", "yes"],
        "asks for a password": ["--requirepass", "s3cr"],
        "denies the user of REDIS_URL the keys rq:*": with_acl(scene.folder, "~{ngw}:* &* +@all"),
        "is a read-only replica": ["--replicaof", "127.0.0.1 1"],
        "may lose what was acknowledged: appendfsync is 'everysec'": ["--appendfsync", "everysec"],
    }
    for number, (sentence, flags) in enumerate(troubles.items()):
        folder = scene.folder / str(number)
        folder.mkdir()
        # Each has a data folder of its own, and all have the socket that the gateway knows.
        with server(scene.folder, "--dir", str(folder), *flags) as running:
            if (
                "--cluster-enabled" in flags
            ):  # a cluster of one takes every write: only what the server says of itself helps
                with redis.Redis.from_url(running.url) as client:
                    client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            expect(sentence)

    with server(scene.folder):
        assert eventually(lambda: scene.readiness()[0] == 200, 20), scene.readiness()
        assert scene.gateway.run("send", "ticket.created", "--example", "--wait").returncode == 0

    log = scene.gateway.log.read_text()
    assert "Traceback" not in log
    assert "starts again" not in log, "no process ended"
    assert {process.pid for process in scene.gateway.family()} == family
    said = [line for line in log.splitlines() if " dispatch: " in line and "no socket at the path" in line]
    assert len(said) <= 3, "what repeats is said once a minute"


def test_a_primary_that_becomes_a_replica_and_a_primary_again(scene: Scene) -> None:
    with server(scene.folder), redis.Redis.from_url(f"unix://{scene.folder}/s") as client:
        assert eventually(lambda: scene.readiness()[0] == 200, 20)

        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        assert eventually(lambda: "read-only replica" in scene.detail(), 20)
        assert scene.post() == 503

        client.execute_command("REPLICAOF", "NO", "ONE")
        assert eventually(lambda: scene.readiness()[0] == 200, 20)
        assert scene.gateway.run("send", "ticket.created", "--example", "--wait").returncode == 0


def test_the_rule_that_the_documentation_names_is_enough_for_everything(scene: Scene) -> None:
    """A whole gateway works under exactly this rule, and the server's log of denied commands stays empty."""
    (rule,) = re.findall(r"ACL SETUSER gateway on >PASSWORD (.*)", (ROOT / "docs" / "operations.md").read_text())
    url = f"unix://test:test@{scene.folder}/s"
    with server(scene.folder, *with_acl(scene.folder, rule)), redis.Redis.from_url(url) as client:
        assert eventually(lambda: scene.readiness()[0] == 200, 20)
        for name in ("ticket.created", "ticket.status_changed", "ticket.due_set", "gateway.trouble"):
            assert scene.gateway.run("send", name, "--example", "--wait").returncode == 0
        for words in ("events", "deliveries", "timers", "lanes", "targets", "oncall"):
            assert scene.gateway.run(words).returncode == 0
        assert scene.gateway.run("replay", "--all-dead").returncode == 0
        assert scene.gateway.run("discard", "--target", "ops", "--reason", "none").returncode == 0
        assert client.execute_command("ACL", "LOG") == []
