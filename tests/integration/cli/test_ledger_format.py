"""Gateways of two formats on one ledger: side by side while they are neighbours, refused in a sentence when not."""

from __future__ import annotations

from pathlib import Path

import redis
import requests

from gateway.store import keys
from gateway.store.client import connect
from gateway.store.ledger_format import DECLARE_FORMAT, FIELDS, FormatArgs, FormatKeys
from tests.chaos.weakened import Weakness, weakened
from tests.conftest import Server
from tests.support.gateways import Gateway, eventually, small_config

NEXT_FORMAT = Weakness("store/ledger_format.py", "\nFORMAT = 1\n", "\nFORMAT = 2\n")
"""The next release, if it changed the format."""


def readiness(gateway: Gateway) -> tuple[int, str]:
    response = requests.get(f"{gateway.url}/readyz", timeout=20)
    return response.status_code, response.json().get("detail", "")


def processes_that_say(gateway: Gateway, words: str) -> set[str]:
    lines = [line for line in gateway.log.read_text().splitlines() if words in line]
    return {process for process in ("web", "worker-1", "dispatch") for line in lines if f" {process}: " in line}


def test_two_formats_side_by_side_and_a_ledger_that_is_too_new(tmp_path: Path, own_server: Server) -> None:
    environ = {"REDIS_URL": own_server.url}
    config, root = small_config(tmp_path), weakened(tmp_path, NEXT_FORMAT)
    gateway = Gateway(tmp_path / "now", "--workers", "1", config=config, environ=environ)
    successor = Gateway(tmp_path / "next", "--workers", "1", config=config, environ=environ, root=root)
    with connect(own_server.url, timeout_s=5) as client:
        try:
            gateway.start()
            assert client.hmget(keys.FORMAT, *FIELDS) == ["1", "1"]
            successor.start()
            assert eventually(lambda: client.hmget(keys.FORMAT, *FIELDS) == ["2", "1"])
            assert eventually(lambda: readiness(gateway)[0] == readiness(successor)[0] == 200)
            for number, both in enumerate((gateway, successor)):
                assert both.run("send", "ticket.created", "--example", "--id", f"{number}", "--wait").returncode == 0
            assert {event["id"] for event in gateway.json("events")} == {"0", "1"}
            assert {event["id"] for event in successor.json("events")} == {"0", "1"}

            DECLARE_FORMAT.call(client, FormatKeys(), FormatArgs(3, 2))

            assert eventually(lambda: readiness(gateway)[0] == 503)
            assert "a newer gateway has written the ledger (format 3" in readiness(gateway)[1]
            refused = gateway.run("send", "ticket.created", "--example", "--id", "late")
            assert (refused.returncode, "and this one has format 1: update it" in refused.stderr) == (1, True)
            assert eventually(lambda: processes_that_say(gateway, "a newer gateway") == {"web", "worker-1", "dispatch"})
            assert successor.run("send", "ticket.created", "--example", "--id", "later", "--wait").returncode == 0
        finally:
            assert (gateway.stop(), successor.stop()) == (0, 0)
    assert "Traceback" not in gateway.log.read_text() + successor.log.read_text()


def test_the_format_of_the_ledger_never_falls(own_server: Server) -> None:
    with redis.Redis.from_url(own_server.url, decode_responses=True) as client:
        for numbers in ((2, 1), (1, 1), (3, 2), (2, 1)):
            DECLARE_FORMAT.call(client, FormatKeys(), FormatArgs(*numbers))
        assert client.hmget(keys.FORMAT, *FIELDS) == ["3", "2"]
