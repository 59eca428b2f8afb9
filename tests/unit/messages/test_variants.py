"""What differs in a message for a kind of service, or because of the route that brings it."""

from __future__ import annotations

from gateway.messages.variants import template_for
from gateway.model import MessageChanges, MessageTemplate

BASE = MessageTemplate(
    "title",
    "body",
    "link",
    "label",
    (("A", "a"),),
    "short",
    variants=(
        ("email", MessageChanges(body="mail body", facts=(("B", "b"),))),
        ("sms", MessageChanges(short="", link="")),
        ("pager", MessageChanges(short="pager short")),
    ),
)


def test_a_target_without_a_name_of_its_own_gets_the_message() -> None:
    shown = template_for(BASE, None, ("slack",))
    assert (shown.title, shown.body, shown.facts, shown.short) == ("title", "body", (("A", "a"),), "short")
    assert shown.variants == ()


def test_a_name_replaces_the_parts_that_it_has() -> None:
    shown = template_for(BASE, None, ("email", "mailtos"))
    assert (shown.title, shown.body, shown.facts) == ("title", "mail body", (("B", "b"),))


def test_a_part_can_be_taken_away() -> None:
    shown = template_for(BASE, None, ("sms",))
    assert (shown.short, shown.link, shown.body) == ("", "", "body")


def test_the_more_particular_name_wins() -> None:
    assert template_for(BASE, None, ("sms", "twilio", "pager")).short == "pager short"
    assert template_for(BASE, None, ("sms", "twilio", "pager")).link == ""


def test_the_route_wins_over_the_catalogue_and_its_own_for_over_the_rest() -> None:
    route = MessageChanges(
        title="of the route", body="of the route", variants=(("email", MessageChanges(title="mail of the route")),)
    )
    shown = template_for(BASE, route, ("email", "mailtos"))
    assert (shown.title, shown.body, shown.facts) == ("mail of the route", "of the route", (("B", "b"),))
    assert template_for(BASE, route, ("slack",)).title == "of the route"
