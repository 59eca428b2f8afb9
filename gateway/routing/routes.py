"""Finds the routes that may send an event to somebody, without examining all others: see `conditions/index.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from gateway.conditions import index as conditions
from gateway.model import Condition, Config, Event, Recipient, Route, RouteIndex
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
    """The routes' conditions without the comparisons under which they are filed; often nothing is left."""
    return conditions.unfiled_conditions(index.conditions, [route.when for route in index.routes])


def routes_of(event_type: str, config: Config) -> list[Route]:
    """Every route that may send an event of *event_type* to somebody, including the fallback."""
    indexes = (config.routes_by_notification.get(row.id) for row in config.catalog.events[event_type].notifications)
    routes = [route for index in indexes if index for route in index.routes]
    return [*routes, config.fallback] if config.fallback else routes


def with_alternatives(recipient: Recipient) -> Iterator[Recipient]:
    """*recipient*, and all recipients in its `else`."""
    yield recipient
    for other in recipient.otherwise:
        yield from with_alternatives(other)


def depends_on_rotation(event_type: str, config: Config) -> bool:
    """Whether an event of *event_type* may go to whoever is on call."""
    if event_type not in config.catalog.events or not config.rotations:
        return False
    entries = (entry for route in routes_of(event_type, config) for entry in route.to)
    return any(recipient.kind == "rotation" for entry in entries for recipient in with_alternatives(entry))
