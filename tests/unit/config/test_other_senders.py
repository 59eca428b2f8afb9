"""Senders whose mapping does not come with the gateway: tests/data/senders.yaml is all that they need."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from gateway.intake.inputs import read_body
from gateway.model import Config
from tests.support.builders import config
from tests.support.mapped import mapped
from tests.support.pages import ROOT

DATA = ROOT / "tests" / "data"
PAYLOADS = DATA / "payloads"


@cache
def senders() -> Config:
    catalog = (ROOT / "catalog.yaml").read_text("utf-8")
    environ = {f"TOKEN_{number}": f"a-token-of-thirty-two-characters{number}" for number in range(6)}
    return config((DATA / "senders.yaml").read_text("utf-8"), catalog, environ)


def only(source: str, file: str, **parts: Any) -> Any:
    """The one result of a payload."""
    made = senders()
    mapping = made.sources[source].mapping
    assert mapping is not None
    body = read_body((PAYLOADS / file).read_bytes(), mapping.format, None, None, 2**20)
    (result,) = mapped(body, made.sources[source], made, **parts)
    assert result.event is not None, result.why_not
    return result


def test_connectwise_puts_json_into_a_text() -> None:
    """Ana closes a ticket of hers: Bob, who works on it as well, hears of it, and she does not."""
    result = only("connectwise", "connectwise/ticket_closed.json")
    assert result.event.data["status"] == {"to": "Closed"}
    assert result.event.data["ticket"]["subscribers"] == ["alopez", "bsingh"]
    assert result.event.data["ticket"]["customer"] == {"id": 302, "name": "Keller & Sons Roofing"}
    assert result.event.id == "5f0c2c8e-6d0f-4f0a-9a57-0c9d0d7c3b12"
    assert result.targets == ("bsingh/email", "desk")


def test_connectwise_says_in_the_query_what_happened() -> None:
    result = only("connectwise", "connectwise/ticket_updated.json", query={"action": "updated", "recordId": "48211"})
    assert result.event.type == "ticket.updated"
    assert result.event.data["ticket"]["status"] == "In Progress"


def test_autotask_posts_what_changed() -> None:
    result = only("autotask", "autotask/ticket_update.json")
    assert result.event.id == "9b8f8a3e-6f43-4be8-8a0c-3b5a51a0f2c4:41"
    assert result.event.data["status"] == {"to": "Complete"}
    assert result.targets == ("alopez/email", "desk")


def test_autotask_posts_a_note_of_a_customer() -> None:
    result = only("autotask", "autotask/ticketnote_create.json")
    assert result.event.type == "ticket.customer_replied"
    assert result.event.data["reply"] == {"body": "It happens every night since Friday."}
    assert result.targets == ("desk",)


def test_ncentral_posts_xml_and_times_of_its_own_zone() -> None:
    result = only("ncentral", "ncentral/notification.xml")
    assert result.event.time.isoformat() == "2026-11-24T09:11:05+00:00"
    assert result.event.severity == "critical"
    assert result.event.data["alert"] == {
        "id": "4410021/Connectivity/10.20.0.10",
        "description": "Connectivity: Packet loss 100 %",
        "asset": {"id": "4410021", "name": "KELLER-DC01"},
        "customer": {"id": "30771", "name": "Keller & Sons Roofing"},
        "url": "https://ncentral.example.com/device/4410021",
    }
    assert result.targets == ("noc",)


def test_prometheus_posts_an_array_below_its_url() -> None:
    result = only("prometheus", "prometheus/api_v2_alerts.json", path=("api", "v2", "alerts"))
    assert result.event.subject == "DiskFull/fs02:9100"
    assert result.event.severity == "critical"
    assert result.targets == ("noc",)


@pytest.mark.parametrize(("event", "is_taken"), [("issues", True), ("push", False)])
def test_github_names_the_event_in_a_header(event: str, is_taken: bool) -> None:
    issue = {"id": 1, "number": 7, "title": "It does not start", "html_url": "https://github.example/7"}
    body = {"action": "opened", "issue": issue, "sender": {"login": "alopez"}}
    headers = {"x-github-event": event, "x-github-delivery": "72d3162e"}
    made = senders()
    (result,) = mapped(body, made.sources["github"], made, headers=headers)
    assert (result.event is not None) is is_taken
    assert result.is_ignored is not is_taken
