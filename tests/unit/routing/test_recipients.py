"""Why somebody gets a message, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.model import Address, Audience, Config, Place, Recipient, Role, Route, Target
from gateway.routing.recipients import reason_of_audience, reason_of_entry
from tests.support.world import planned, told

ROUTE = Route("night", Place("routes.yaml", 1, 1), frozenset(), ())
CONTACT = Target("ana/sms", "provider/sms", Address("log"), person="ana")
CHANNEL = Target("noc", "channel/noc", Address("log"))


@pytest.mark.parametrize(
    ("audience", "path", "text"),
    [
        ("mine", "ticket.assignee", "because you are assigned"),
        ("mine", "assignee", "because you are assigned"),
        ("mine", "reminder.owner", "because it is your reminder"),
        ("mine", "purchase_order.owner", "because it is your purchase order"),
        ("mine", "owner", "because it is yours"),
        ("subscribed", "ticket.subscribers", "because you follow the ticket"),
        ("subscribed", "subscribers", "because you follow it"),
        ("mentioned", "comment.mentions", "because you were mentioned"),
        ("mine", "coming", "because your turn on call begins"),
        ("subscribed", "going", "because your turn on call ends"),
    ],
)
def test_somebody_whom_the_event_names(audience: str, path: str, text: str, shipped: Config) -> None:
    event_type = replace(shipped.catalog.events["ticket.created"], people={Role(audience): (tuple(path.split(".")),)})
    assert reason_of_audience(Audience(audience), event_type) == text


@pytest.mark.parametrize(
    ("entry", "target", "text"),
    [
        (Recipient("person", "ana"), CONTACT, "because the route night is addressed to you"),
        (Recipient("group", "desk"), CONTACT, "because you are in the group desk"),
        (Recipient("rotation", "first"), CONTACT, "because you are on call (first)"),
        (Recipient("rotation", "first", is_next=True), CONTACT, "because you are next on call (first)"),
        (Recipient("lookup", "managers"), CONTACT, "because you are listed in managers"),
        (Recipient("channel", "noc"), CHANNEL, "route night"),
        (Recipient("lookup", "sites"), CHANNEL, "route night"),
        (Recipient("channel", "client"), replace(CHANNEL, is_outside=True), ""),
    ],
)
def test_somebody_or_something_that_a_route_names(entry: Recipient, target: Target, text: str) -> None:
    assert reason_of_entry(entry, ROUTE, target) == text


def test_every_audience_of_the_catalogue_has_its_words(shipped: Config) -> None:
    """Nobody is said to be assigned a reminder, and nobody reads the name of a row."""
    words = {
        event_type.name: reason_of_audience(row.audience, event_type)
        for event_type in shipped.catalog.events.values()
        for row in event_type.notifications
        if row.audience is Audience.MINE
    }
    assert words["reminder.due_soon"] == "because it is your reminder"
    assert words["appointment.created"] == "because it is your appointment"
    assert words["estimate.decided"] == "because it is your estimate"
    assert words["sla.breached"] == words["ticket.assigned"] == "because you are assigned"


def test_who_is_on_call_hears_why() -> None:
    routes = """
    rotations: {first: {layers: [{people: [ana], turn: weekly, handover: "mon 09:00", starts: "2026-01-05"}]}}
    routes: [{name: night, notify: [ticket.changed.any], to: [{rotation: first}]}]
    """
    assert told(planned(routes, {"ticket": {"id": 7}})) == {"ana/email": ["because you are on call (first)"]}


def test_a_place_that_a_route_names_twice_has_one_reason() -> None:
    routes = 'routes: [{name: r, notify: [ticket.changed.any], to: [ana, "group:desk"]}]'
    assert told(planned(routes, {"ticket": {"id": 7}}))["ana/email"] == ["because the route r is addressed to you"]
