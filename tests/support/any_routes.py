"""Strategies for random routes and events, for properties that must hold with any routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from gateway.config.routes.build import by_notification
from gateway.model import ALWAYS, Comparison, Condition, Config, Operator, Place, Recipient, Route
from tests.support.world import world

ANA, BOB, CY, DOT, ZOE = ("ana@example.com", "bob@example.com", "cy@example.com", "dot@example.com", "zoe@example.com")


def ticket(assignee: Any = None, actor: Any = None, **fields: Any) -> dict[str, Any]:
    return {"actor": actor, "ticket": {"id": 7, "assignee": assignee, **fields}}


BASE = world("routes: [{name: r, notify: [ticket.changed.any], to: [noc, wall, client, cy]}]\nfallback: {to: [wall]}")
NOTIFICATIONS = list(BASE.catalog.notifications)
PEOPLE = [ANA, BOB, CY, DOT, ZOE]


def with_routes(config: Config, routes: list[Route]) -> Config:
    return replace(config, routes=tuple(routes), routes_by_notification=by_notification(routes))


RECIPIENTS = [
    Recipient("audience"),
    *(Recipient("channel", name) for name in BASE.channels),
    *(Recipient("person", name) for name in BASE.people),
    *(Recipient("group", name) for name in BASE.groups),
]
CONDITIONS = [ALWAYS, Condition((Comparison(("ticket", "priority"), Operator.IS, ("urgent", "secret")),))]


@st.composite
def routes(draw: st.DrawFn) -> list[Route]:
    return [
        Route(
            name=f"r{number}",
            place=Place("routes.yaml", number + 1),
            notifications=frozenset(draw(st.sets(st.sampled_from(NOTIFICATIONS), min_size=1))),
            to=tuple(draw(st.lists(st.sampled_from(RECIPIENTS), min_size=1, max_size=4))),
            via=tuple(draw(st.permutations(["email", "sms"]))[: draw(st.integers(0, 2))]),
            when=draw(st.sampled_from(CONDITIONS)),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


PERSON = st.none() | st.sampled_from(PEOPLE)
DATA = st.builds(
    ticket,
    PERSON,
    PERSON,
    subscribers=st.lists(st.sampled_from(PEOPLE), max_size=4),
    mentions=st.lists(st.sampled_from(PEOPLE), max_size=3),
    priority=st.sampled_from(["low", "urgent", "secret"]),
)
