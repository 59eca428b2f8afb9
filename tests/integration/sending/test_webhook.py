"""Webhooks for programs, as a receiver gets them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from gateway.model import Address, Fact, FieldValue, Reason, Secret, Target
from gateway.sending.sender import Sender
from gateway.sending.webhook import EventContent
from tests.support import builders
from tests.support.receivers import LOCALHOST, HttpReceiver, Request
from tests.support.senders import message

SECRET = "whsec_" + b64encode(b"s" * 32).decode()
SCHEMA = json.loads((Path(__file__).parents[3] / "schemas/webhook.schema.json").read_text())
CONTENT = EventContent(builders.event({"ticket": {"id": 7}}), (Reason("ticket.changed.any", "noc", "route noc"),))


def webhook(receiver: HttpReceiver, service: str = "json", **fields: FieldValue) -> Target:
    address = Address(service, {"host": LOCALHOST, "port": receiver.port, "path": "in", **fields})
    return Target("archive", "channel/archive", address)


def is_signed(request: Request) -> bool:
    """As a receiver checks it, with nothing of the gateway's code."""
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    digest = hmac.new(b64decode(SECRET.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return f"v1,{b64encode(digest).decode()}" in request.headers["webhook-signature"].split()


def test_a_program_gets_the_event(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        target = webhook(receiver, format="event", signing_secret=Secret(SECRET))
        disk_full = replace(message("Disk full", "A **b**"), facts=(Fact("Disk", "**98** %"),))
        assert sender.send(target, disk_full, "dlv-1", lambda: CONTENT).is_delivered
        (request,) = receiver.requests
    document = request.json()
    jsonschema.validate(document, SCHEMA)
    assert (document["type"], document["id"], document["data"]) == ("ticket.changed", "evt-1", {"ticket": {"id": 7}})
    assert document["delivery"] == {"id": "dlv-1", "target": "archive"}
    assert document["message"] == {
        "title": "Disk full",
        "text": "A b\n\nDisk: 98 %",
        "short": "",
        "facts": [{"label": "Disk", "value": "98 %"}],
        "link": None,
        "customer": "",
    }
    assert request.headers["content-type"] == "application/json"
    assert int(request.headers["content-length"]) == len(request.body)
    assert is_signed(request)


@pytest.mark.parametrize("service", ["json", "xml", "form"])
def test_every_webhook_has_the_headers(sender: Sender, service: str) -> None:
    with HttpReceiver() as receiver:
        target = webhook(receiver, service, signing_secret=Secret(SECRET))
        assert sender.send(target, message(), "dlv-1").is_delivered
        (request,) = receiver.requests
    assert request.headers["webhook-id"] == "dlv-1"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(request)


def test_the_event_is_not_asked_for_where_nobody_wants_it(sender: Sender) -> None:
    def never() -> EventContent:
        raise AssertionError("asked for")

    with HttpReceiver() as receiver:
        assert sender.send(webhook(receiver), message(), "d", never).is_delivered
        (request,) = receiver.requests
    assert request.json().keys() == {"version", "title", "message", "attachments", "type"}
    assert "webhook-signature" not in request.headers


def test_a_webhook_without_an_event_gets_the_message(sender: Sender) -> None:
    with HttpReceiver() as receiver:
        assert sender.send(webhook(receiver, format="event"), message("Title"), "d").is_delivered
        assert receiver.requests[0].json()["title"] == "Title"
