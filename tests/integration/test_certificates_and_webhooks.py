"""From a post to what a receiver gets, through real processes: certificates that are not valid, and signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.gateways import ROOT, Gateway, eventually
from tests.support.receivers import Authority, HttpReceiver, Request, TlsReceiver

ROUTES = """
network: {allow: [127.0.0.0/8]}
channels:
  expired: {service: jsons, host: expired.example.com, path: /in}
  untrusted: {service: jsons, host: untrusted.example.com, path: /in}
  ops: {service: json, host: 127.0.0.1, port: %(ops)d, path: /ops, format: event}
  archive:
    {service: json, host: 127.0.0.1, port: %(ops)d, path: /archive, format: event, signing_secret: {env: SECRET}}
  partner:
    {service: json, host: 127.0.0.1, port: %(ops)d, path: /partner, format: event, signing_secret: {env: SECRET},
     outside: true}
routes:
  - {name: hooks, notify: [lead.created.any], to: [expired, untrusted]}
  - {name: ops, notify: [gateway.trouble.tls_fault], to: [ops]}
  - {name: programs, notify: [ticket.created.any], to: [archive, partner]}
"""
SECRET = "whsec_" + b64encode(b"s" * 32).decode()
NOTE = "CANARY-FOR-STAFF"


@pytest.fixture
def ops() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def gateway(tmp_path: Path, ops: HttpReceiver) -> Iterator[Gateway]:
    trusted, unknown = Authority(_made(tmp_path / "trusted")), Authority(_made(tmp_path / "unknown"))
    config = _made(tmp_path / "config")
    _made(config / "routes").joinpath("all.yaml").write_text(ROUTES % {"ops": ops.port})
    with ExitStack() as stack:
        begins, ends = timedelta(days=-9), timedelta(days=-2, hours=-1)
        expired = stack.enter_context(TlsReceiver(trusted, "expired.example.com", begins=begins, ends=ends))
        untrusted = stack.enter_context(TlsReceiver(unknown, "untrusted.example.com"))
        environ = {
            "GATEWAY_RESOLVE": f"{expired.resolve},{untrusted.resolve}",
            "REQUESTS_CA_BUNDLE": str(trusted.bundle),
            "GATEWAY_TIME_SCALE": "0.02",
            "SECRET": SECRET,
        }
        running = Gateway(tmp_path / "data", config=config, environ=environ).start()
        yield running
        assert running.stop() == 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_certificate_that_is_not_valid_is_retried_by_the_schedule_and_alarms_at_once(
    gateway: Gateway, ops: HttpReceiver
) -> None:
    sentences = {
        "expired": r"the certificate expired 2 days ago \(\d{4}-\d\d-\d\d\)",
        "untrusted": r"the certificate is signed by an unknown authority",
    }
    gateway.run("send", "lead.created", "--example")
    alarms = {request.json()["data"]["target"]: request.json()["data"] for request in ops.wait_for(2, within_s=60)}
    assert alarms.keys() == sentences.keys()
    attempts = {row["target"]: len(row["attempts"]) for row in gateway.json("deliveries") if row["target"] in sentences}
    assert all(count < 10 for count in attempts.values()), "the alarm came long before the last attempt"

    def rows() -> dict[str, Any]:
        return {row["target"]: row for row in gateway.json("deliveries") if row["target"] in sentences}

    assert eventually(lambda: all(len(row["attempts"]) >= 3 for row in rows().values()))
    for target, row in rows().items():
        assert row["state"] in ("waiting", "sending")
        assert all(re.fullmatch(sentences[target], attempt["detail"]) for attempt in row["attempts"]), row["attempts"]
        assert re.fullmatch(sentences[target], alarms[target]["detail"])
        assert alarms[target]["kind"] == "tls_fault"
    assert re.search(r"certificate expired 2 days ago", gateway.run("deliveries", "--wide").stdout)
    assert len(ops.requests) == 2, "each trouble is told once"


def is_signed(request: Request) -> bool:
    """As a receiver checks it, with nothing of the gateway's code."""
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    digest = hmac.new(b64decode(SECRET.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return f"v1,{b64encode(digest).decode()}" in request.headers["webhook-signature"].split()


@pytest.mark.parametrize(("kind", "outside_sees"), [("private", False), ("public", True)])
def test_a_program_gets_the_signed_event_and_a_partner_nothing_that_is_for_staff(
    gateway: Gateway, ops: HttpReceiver, kind: str, outside_sees: bool
) -> None:
    event = {
        "ticket": {"id": 7, "number": 7, "subject": "Scanner"},
        "comment": {"kind": kind, "body": NOTE, "author": {"name": "Ana"}},
    }
    sent = gateway.run("send", "ticket.created", "--data", json.dumps(event), "--id", "e1", "--wait")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    requests = {request.path: request for request in ops.wait_for(2)}
    assert requests.keys() == {"/archive", "/partner"}
    schema = json.loads((ROOT / "schemas" / "webhook.schema.json").read_text())
    ids = {row["target"]: row["id"] for row in gateway.json("deliveries")}
    for path, request in requests.items():
        document = request.json()
        jsonschema.validate(document, schema)
        assert is_signed(request)
        assert (document["id"], document["type"], document["source"]) == ("e1", "ticket.created", "local")
        assert request.headers["webhook-id"] == ids[path[1:]] == document["delivery"]["id"]
        assert document["data"]["ticket"] == event["ticket"]
    assert NOTE in requests["/archive"].body.decode()
    assert (NOTE in requests["/partner"].body.decode()) is outside_sees
    assert ("comment" in requests["/partner"].json()["data"]) is outside_sees
