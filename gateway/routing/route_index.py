"""The routes that may fire for an event, without a look at the others: see `conditions/index.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gateway.conditions import index as conditions
from gateway.model import Condition, Event, Route, RouteIndex
from gateway.paths import lookup


def index_routes(routes: Sequence[Route]) -> RouteIndex:
    """The index of *routes*, which name one notification."""
    return RouteIndex(tuple(routes), conditions.index_conditions([route.when for route in routes]))


def candidates(index: RouteIndex, event: Event) -> Sequence[Route]:
    """The routes that may fire for *event*, in the order of the files."""
    if not index.conditions.by_value:
        return index.routes
    return [index.routes[number] for number in conditions.candidates(index.conditions, partial(lookup, event))]


def unfiled_conditions(index: RouteIndex) -> list[Condition]:
    """What is left of the routes' conditions without the comparison under whose value each is filed: often nothing."""
    return conditions.unfiled_conditions(index.conditions, [route.when for route in index.routes])
