"""The routes that may fire for an event, without a look at the others.

An MSP has a route for each of thousands of customers, which all name the same notification: `when: {ticket.customer.id:
4711}`. Deciding must not pay for all of them. So each route is filed under a value that its condition asks for, and an
event looks only at the routes that are filed under a value that it has, and at those whose condition asks for none.
What is found is then decided by the whole condition, so that the index may find too many routes, but never too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import Comparison, Condition, Event, IndexKey, Operator, Path, Route, RouteIndex
from gateway.paths import lookup


def index_routes(routes: Sequence[Route]) -> RouteIndex:
    """The index of *routes*, which name one notification.

    A condition may ask for several values: a customer, a priority. The route is filed under the one for which the
    fewest routes ask.
    """
    asking = Counter(
        (comparison.path, key) for route in routes for comparison in _equalities(route) for key in _keys(comparison)
    )
    unindexed: list[int] = []
    by_value: dict[Path, dict[IndexKey, list[int]]] = {}
    for number, route in enumerate(routes):
        equalities = _equalities(route)
        if not equalities:
            unindexed.append(number)
            continue
        rarest = min(equalities, key=lambda comparison: max(asking[comparison.path, key] for key in _keys(comparison)))
        for key in _keys(rarest):
            by_value.setdefault(rarest.path, {}).setdefault(key, []).append(number)
    return RouteIndex(
        routes=tuple(routes),
        unindexed=tuple(unindexed),
        by_value={
            path: {key: tuple(numbers) for key, numbers in numbers_by_key.items()}
            for path, numbers_by_key in by_value.items()
        },
    )


def candidates(index: RouteIndex, event: Event) -> Sequence[Route]:
    """The routes that may fire for *event*, in the order of the files."""
    if not index.by_value:
        return index.routes
    numbers = set(index.unindexed)
    for path, numbers_by_key in index.by_value.items():
        for key in keys_of(lookup(event, path)):
            numbers.update(numbers_by_key.get(key, ()))
    return [index.routes[number] for number in sorted(numbers)]


def keys_of(value: Any) -> Iterator[IndexKey]:
    """What routes may be filed under for an event that has *value*: it, or each element of a list."""
    for element in value if isinstance(value, list) else (value,):
        if isinstance(element, str | int | float):
            yield isinstance(element, bool), element


def unfiled_conditions(index: RouteIndex) -> list[Condition]:
    """What is left of the routes' conditions without the comparison under whose value each is filed: often nothing."""
    paths = {
        number: path
        for path, numbers_by_key in index.by_value.items()
        for numbers in numbers_by_key.values()
        for number in numbers
    }
    conditions = []
    for number, route in enumerate(index.routes):
        filed = (paths.get(number), Operator.IS)
        rest = tuple(part for part in route.when.comparisons if (part.path, part.operator) != filed)
        if rest or route.when.any_of or route.when.none_of:
            conditions.append(replace(route.when, comparisons=rest))
    return conditions


def _equalities(route: Route) -> list[Comparison]:
    """The comparisons that ask for one value, or for one of a list."""
    return [comparison for comparison in route.when.comparisons if comparison.operator is Operator.IS]


def _keys(comparison: Comparison) -> list[IndexKey]:
    return list(dict.fromkeys(keys_of(list(comparison.operand))))
