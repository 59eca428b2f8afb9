"""The index of routes: an event looks only at those that may fire, and exactly the same ones fire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.conditions.evaluate import holds
from gateway.conditions.parse import parse_condition
from gateway.model import Event, Place, Recipient, Route
from gateway.routing.routes import candidates, index_routes
from tests.support.any_conditions import CONDITIONS, VALUES
from tests.support.builders import event

ZONE = ZoneInfo("UTC")
VALUE = st.none() | VALUES | st.lists(st.none() | VALUES | st.just({"id": 7}), max_size=3) | st.just({"id": 7})
DATA = st.fixed_dictionaries(
    {},
    optional={
        "customer": st.none() | st.fixed_dictionaries({}, optional={"id": VALUE, "name": VALUE}),
        "tags": VALUE,
        "lines": st.none() | st.lists(st.fixed_dictionaries({}, optional={"kind": VALUE}), max_size=3),
    },
)


def route(number: int, when: Mapping[str, Any]) -> Route:
    place = Place("routes.yaml", number + 1)
    return Route(f"r{number}", place, frozenset({"x"}), (Recipient("channel", "noc"),), when=parse_condition(when))


def fired(routes: list[Route] | Any, event: Event) -> list[str]:
    return [route.name for route in routes if holds(route.when, event, ZONE)[0]]


@given(st.lists(CONDITIONS, max_size=8), DATA)
@example([{"customer.id": True}, {"customer.id": 1}], {"customer": {"id": 1.0}})
@example([{"customer.id": "7"}, {"customer.id": [8, 7]}], {"customer": {"id": [None, 7]}})
def test_the_same_routes_fire_in_the_same_order_as_without_the_index(
    conditions: list[Mapping[str, Any]], data: dict[str, Any]
) -> None:
    routes = [route(number, when) for number, when in enumerate(conditions)]
    posted = event(data)
    assert fired(candidates(index_routes(routes), posted), posted) == fired(routes, posted)


@pytest.mark.parametrize("when", ["{customer.id: N}", "{customer.id: N, event.severity: warning}"])
def test_an_event_looks_at_the_routes_of_its_customer_and_at_no_others(when: str) -> None:
    """A thousand routes that name one notification, each for one customer; all may ask for the same severity too."""
    keys: dict[str, Any] = {"event.severity": "warning"} if "severity" in when else {}
    routes = [route(number, {**keys, "customer.id": number}) for number in range(1000)]
    anybody, several = route(1000, {"customer.id": {"exists": True}}), route(1001, {"customer.id": [3, 4, 5]})
    index = index_routes([*routes, anybody, several])
    assert candidates(index, event({"customer": {"id": 4}})) == [routes[4], anybody, several]
    assert candidates(index, event({"customer": {"id": 7}})) == [routes[7], anybody]
    assert candidates(index, event({})) == [anybody]
