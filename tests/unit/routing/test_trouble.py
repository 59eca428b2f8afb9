"""What the gateway tells of a lane in trouble goes another way."""

from __future__ import annotations

from gateway.model import Event, Plan, Severity
from gateway.routing.plan import plan
from tests.support.builders import NOW
from tests.support.world import targets, whys, world

ROUTES = """
    routes:
      - {name: ops, notify: ["gateway.*"], to: [noc, wall, ana]}
    fallback: {to: [wall]}
"""


def told(routes: str, lane: str) -> Plan:
    data = {"kind": "lane_open", "target": "x", "lane": lane, "delivery": "d-1", "since": NOW.isoformat()}
    event = Event("1", "gateway.trouble", "gateway", "gateway", "x", NOW, Severity.ERROR, data)
    return plan(event, world(routes))


def test_a_channel_is_not_told_of_its_own_trouble() -> None:
    made = told(ROUTES, "channel/noc")
    assert targets(made) == ["wall", "ana/email"]
    assert ("noc", False, "is itself the subject of this trouble report") in whys(made, "target")


def test_a_person_is_told_by_another_contact() -> None:
    assert targets(told(ROUTES, "provider/email")) == ["noc", "wall", "ana/sms"]


def test_a_person_without_another_contact_is_left_out_and_it_says_why() -> None:
    routes = ROUTES.replace("ana]", "ana], via: [email]")
    made = told(routes, "provider/email")
    assert targets(made) == ["noc", "wall"]
    why = "has no contact by email besides provider/email, which this trouble report is about"
    assert ("ana", False, why) in whys(made, "target")


def test_the_fallback_hears_of_what_no_other_can() -> None:
    routes = ROUTES.replace("[noc, wall, ana]", "[noc]")
    assert targets(told(routes, "channel/noc")) == ["wall"]
    assert targets(told(routes.replace("[wall]", "[noc]"), "channel/noc")) == []


def test_an_event_of_a_source_may_speak_of_a_lane() -> None:
    """Only what the gateway tells of itself is kept from one."""
    event = Event("1", "ticket.changed", "tickets", "psa", "7", NOW, Severity.INFO, {"lane": "channel/noc"})
    made = plan(event, world('routes: [{name: all, notify: ["ticket.changed.any"], to: [noc]}]'))
    assert targets(made) == ["noc"]
