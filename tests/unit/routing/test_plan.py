"""The plan: who gets a message where, once each, and with which reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from gateway.model import Route
from gateway.routing.explain import sentences
from gateway.routing.plan import plan
from tests.support.any_routes import ANA, BASE, BOB, DATA, DOT, ZOE, routes, ticket, with_routes
from tests.support.builders import event
from tests.support.world import document_of, planned, targets, told, whole_plan, whys, world

# ------------------------------------------------------------------ audiences


def test_mine_reaches_the_person_responsible() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.mine], to: [audience]}]", ticket(ANA, BOB))
    assert told(made) == {"ana/email": ["because you are assigned"]}


def test_subscribed_and_mentioned_reach_all_they_name() -> None:
    made = planned(
        "routes: [{name: r, notify: [ticket.changed.subscribed, ticket.changed.mentioned], to: [audience]}]",
        ticket(subscribers=[ANA, BOB], mentions=[BOB]),
    )
    assert told(made) == {
        "bob/sms": ["because you were mentioned", "because you follow the ticket"],
        "ana/email": ["because you follow the ticket"],
    }


def test_the_actor_is_not_told_where_the_notification_excepts_them() -> None:
    made = planned(
        "routes: [{name: r, notify: [ticket.changed.subscribed], to: [audience, 'group:desk', ana, noc]}]",
        ticket(actor={"id": 1834}, subscribers=[ANA, BOB]),
    )
    assert targets(made) == ["bob/sms", "noc"]
    assert ("ana", False, "did it, and is not notified") in whys(made, "person")


def test_the_actor_is_told_where_the_notification_does_not_except_them() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.any], to: [ana]}]", ticket(actor=ANA))
    assert targets(made) == ["ana/email"]


def test_a_notification_for_the_actor_alone_does_not_apply() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.mine], to: [audience, noc]}]", ticket(ANA, ANA))
    assert targets(made) == []
    why = "the event names nobody responsible other than who did it"
    assert ("ticket.changed.mine", False, why) in whys(made, "notification")


def test_an_actor_the_directory_does_not_know_is_excepted_too() -> None:
    assignee = {"email": ZOE, "name": "Zoe"}
    routes = "routes: [{name: r, notify: [ticket.changed.mine], to: [noc]}]\nfallback: {to: [wall]}"
    made = planned(routes, ticket(assignee, {"id": 9, "email": ZOE.upper()}))
    assert targets(made) == []


def test_a_channel_hears_of_people_the_directory_does_not_know() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.mine], to: [audience, noc]}]", ticket(ZOE))
    assert told(made) == {"noc": ["route r"]}
    assert (ZOE, False, "the directory has nobody with this identity") in whys(made, "person")


def test_a_channel_does_not_hear_of_mine_when_it_is_nobodys() -> None:
    assert targets(planned("routes: [{name: r, notify: [ticket.changed.mine], to: [noc]}]", ticket())) == []


# ------------------------------------------------------------------ conditions


URGENT = "routes: [{name: r, notify: [ticket.changed.any], when: {ticket.priority: urgent}, to: [noc]}]"


def test_a_route_fires_when_its_condition_holds() -> None:
    assert targets(planned(URGENT, ticket(priority="urgent"))) == ["noc"]


def test_a_route_whose_condition_does_not_hold_says_why() -> None:
    made = planned(URGENT, ticket(priority="low"))
    assert targets(made) == []
    assert whys(made, "route") == [("r", False, "ticket.priority is 'low', not 'urgent'")]


def test_a_notification_applies_when_its_condition_holds() -> None:
    routes = "routes: [{name: r, notify: [ticket.changed.urgent], to: [noc]}]"
    assert targets(planned(routes, ticket(priority="urgent"))) == ["noc"]
    assert targets(planned(routes, ticket(priority="low"))) == []


def test_every_route_that_matches_fires() -> None:
    made = planned(
        """
        routes:
          - {name: a, notify: [ticket.changed.any], to: [noc]}
          - {name: b, notify: [ticket.changed.any], to: [wall]}
        """,
        ticket(),
    )
    assert targets(made) == ["noc", "wall"]


# ------------------------------------------------------------------ targets


@pytest.mark.parametrize(
    ("via", "target"),
    [
        ("", "ana/email"),
        ("via: [sms]", "ana/sms"),
        ("via: [sms, email]", "ana/sms"),
        ("via: [email, sms]", "ana/email"),
    ],
)
def test_a_person_hears_by_the_first_contact_of_the_route(via: str, target: str) -> None:
    made = planned(f"routes: [{{name: r, notify: [ticket.changed.any], to: [ana], {via}}}]", ticket())
    assert targets(made) == [target]


def test_via_is_an_order_for_each_person() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.any], to: ['group:desk'], via: [email, sms]}]", ticket())
    assert targets(made) == ["ana/email", "bob/sms"]


def test_somebody_without_such_a_contact_is_reported() -> None:
    routes = "routes: [{name: r, notify: [ticket.changed.subscribed], to: [audience], via: [email]}]"
    made = planned(routes, ticket(subscribers=[ANA, BOB, DOT]))
    assert targets(made) == ["ana/email"]
    assert ("bob", False, "has no contact by email") in whys(made, "target")


def test_one_target_gets_one_message_with_every_reason() -> None:
    made = planned(
        """
        routes:
          - {name: mine, notify: [ticket.changed.mine, ticket.changed.subscribed], to: [audience]}
          - {name: all, notify: [ticket.changed.any], to: [ana, "group:desk"], via: [email]}
        """,
        ticket(ANA, subscribers=[ANA]),
    )
    assert told(made) == {
        "ana/email": [
            "because the route all is addressed to you",
            "because you are assigned",
            "because you follow the ticket",
        ]
    }
    assert [reason.route for reason in made.deliveries[0].reasons] == ["all", "mine", "mine"]


def test_two_contacts_of_a_person_are_two_targets() -> None:
    made = planned(
        """
        routes:
          - {name: a, notify: [ticket.changed.any], to: [ana], via: [email]}
          - {name: b, notify: [ticket.changed.any], to: [ana], via: [sms]}
        """,
        ticket(),
    )
    assert targets(made) == ["ana/email", "ana/sms"]


def test_a_delivery_stands_in_the_lane_of_its_target() -> None:
    made = planned("routes: [{name: r, notify: [ticket.changed.any], to: [noc, ana]}]", ticket())
    assert [one.lane for one in made.deliveries] == ["channel/noc", "provider/email"]


# ------------------------------------------------------------------ for staff only


def test_what_is_for_staff_reaches_no_outside_channel_or_contact() -> None:
    config = world("routes: [{name: r, notify: [ticket.changed.any], to: [client, cy, noc]}]")
    route = replace(config.routes[0], notifications=frozenset({"ticket.changed.secret"}))
    made = plan(event(ticket(priority="secret")), with_routes(config, [route]))
    assert targets(made) == ["noc"]
    outside = "is outside, and this is for staff only"
    assert [one for one in whys(made, "target") if not one[1]] == [
        ("client", False, outside),
        ("cy/email", False, outside),
    ]


def test_the_fallback_does_not_tell_outside_what_is_for_staff() -> None:
    config = world("routes: [{name: r, notify: [ticket.changed.any], to: [client]}]\nfallback: {to: [client, noc]}")
    made = plan(event(ticket(priority="secret")), with_routes(config, []))
    assert (targets(made), made.is_fallback) == (["noc"], True)


# ------------------------------------------------------------------ fallback

FALLBACK = "\nfallback: {to: [wall]}"


@pytest.mark.parametrize(
    ("route", "data"),
    [
        ("{name: r, notify: [ticket.changed.urgent], to: [noc]}", ticket()),
        ("{name: r, notify: [ticket.changed.any], when: {ticket.priority: low}, to: [noc]}", ticket()),
        ("{name: r, notify: [ticket.changed.mine], to: [audience]}", ticket(ZOE)),
        ("{name: r, notify: [ticket.changed.mine], to: [audience], via: [email]}", ticket(BOB)),
    ],
    ids=["no notification", "no route", "unknown assignee", "no such contact"],
)
def test_the_fallback_gets_what_reaches_nobody(route: str, data: dict[str, Any]) -> None:
    made = planned(f"routes: [{route}]{FALLBACK}", data)
    assert made.is_fallback
    assert told(made) == {"wall": ["because no route brings this to anybody"]}
    assert whys(made, "fallback") == [("fallback", True, "no route brought the event to anybody")]


def test_the_fallback_is_silent_when_somebody_was_left_out_on_purpose() -> None:
    made = planned(f"routes: [{{name: r, notify: [ticket.changed.mine], to: [audience]}}]{FALLBACK}", ticket(ANA, ANA))
    assert (targets(made), made.is_fallback) == ([], False)
    assert [holds for _, holds, _ in whys(made, "fallback")] == [False]


NARROW = "\nfallback: {to: [wall], only: unrouted_types}"
UNMET = "routes: [{name: r, notify: [ticket.changed.any], when: {ticket.priority: high}, to: [noc]}]"


def test_a_narrow_fallback_gets_only_types_that_no_route_names() -> None:
    quiet = planned(UNMET + NARROW, ticket(priority="low"))
    unnamed = planned("routes: []" + NARROW, ticket(priority="low"))

    assert (targets(planned(UNMET + FALLBACK, ticket(priority="low"))), targets(quiet)) == (["wall"], [])
    why = "not used, since it is for event types that no route names, and route r names this one"
    assert whys(quiet, "fallback") == [("fallback", False, why)]
    assert (targets(unnamed), unnamed.is_fallback) == (["wall"], True)


def test_the_fallback_is_silent_when_somebody_hears() -> None:
    made = planned(f"routes: [{{name: r, notify: [ticket.changed.any], to: [noc]}}]{FALLBACK}", ticket())
    assert (targets(made), whys(made, "fallback")) == (["noc"], [])


def test_an_event_nobody_hears_of_says_so() -> None:
    made = planned(URGENT, ticket())
    assert whys(made, "fallback") == [("fallback", False, "there is none: the event is not routed to anyone")]


# ------------------------------------------------------------------ any routes, any event


@given(routes(), DATA)
def test_whatever_the_routes_the_plan_keeps_its_promises(routes: list[Route], data: dict[str, Any]) -> None:
    config = with_routes(BASE, routes)
    one = event(data)
    made = whole_plan(one, config)

    assert len(set(targets(made))) == len(made.deliveries), "a target gets one message"
    assert whole_plan(one, config) == made, "the same event leads to the same plan"
    actor = config.people_by_identity.get(data["actor"] or "")
    for delivery in made.deliveries:
        assert delivery.reasons
        assert len(set(delivery.reasons)) == len(delivery.reasons)
        target = config.targets[delivery.target]
        for reason in delivery.reasons:
            notification = config.catalog.notifications.get(reason.notification)
            if notification is None:
                assert made.is_fallback
                continue
            assert not (notification.excepts_actor and target.person and target.person == actor)
            assert not (notification.is_staff_only and target.is_outside)

    explained = {finding.name for finding in made.findings if finding.kind == "target" and finding.holds}
    assert explained == set(targets(made)), "the explanation names every target, and no other"
    judged = [finding.name for finding in made.findings if finding.kind == "notification"]
    assert judged == [one.id for one in config.catalog.events["ticket.changed"].notifications]
    applied = {finding.name for finding in made.findings if finding.kind == "notification" and finding.holds}
    tried = {(finding.name, finding.notification) for finding in made.findings if finding.kind == "route"}
    assert tried == {(route.name, id) for route in routes for id in route.notifications & applied}
    assert not any("None" in sentence for sentence in sentences(document_of(made)))
    if not made.deliveries:
        assert whys(made, "fallback"), "silence is explained"
