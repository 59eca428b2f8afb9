"""Example events that meet a condition, for previews: these show a notification as it looks when it is really sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Comparison, Condition, Data, EventType, Notification, Operator, Path
from gateway.paths import EVENT

SMALLEST_STEP = 1
"""Difference between the bound of `above` or `below` and the example value that meets it."""


def example_of(event_type: EventType, notification: Notification) -> Data:
    """The example of *event_type*, with what the catalogue declares to be different in that of *notification*."""
    example: Data = with_changes(event_type.example, notification.example or {})
    return example


def with_changes(value: Any, changes: Any) -> Any:
    """*value* with *changes*, a JSON Merge Patch (RFC 7396)."""
    if not isinstance(changes, Mapping):
        return changes
    old = value if isinstance(value, Mapping) else {}
    changed = {key: with_changes(old.get(key), change) for key, change in changes.items() if change is not None}
    return {**{key: child for key, child in old.items() if key not in changes}, **changed}


def fit_to_condition(data: Data, condition: Condition) -> Data:
    """*data*, changed so that it meets *condition* where a line names a value; the first of several values is taken.

    Lines that name no value (`not`, `matches`, `during`) are left alone, so the result may still not meet the
    condition.
    """
    for comparison in condition.comparisons:
        if comparison.path[0] != EVENT:  # what is below `event` is not in the data
            data = _with_value(data, comparison.path, comparison)
    return fit_to_condition(data, condition.any_of[0]) if condition.any_of else data


def _with_value(data: Mapping[str, Any], path: Path, comparison: Comparison) -> Mapping[str, Any]:
    name, rest = path[0], path[1:]
    child = data.get(name)
    if rest:
        # A path into a list names no single element, so there is nothing to set.
        is_settable = child is None or isinstance(child, Mapping)
        return {**data, name: _with_value(child or {}, rest, comparison)} if is_settable else data
    match comparison.operator, comparison.operand:
        case ((Operator.IS | Operator.AMONG | Operator.CONTAINS), (first, *_)):
            value: Any = [first] if isinstance(child, list) else first
        case ((Operator.AT_LEAST | Operator.AT_MOST), bound):
            value = bound
        case Operator.ABOVE, int() | float() as bound:
            value = bound + SMALLEST_STEP
        case Operator.BELOW, int() | float() as bound:
            value = bound - SMALLEST_STEP
        case Operator.EXISTS, False:
            return {key: other for key, other in data.items() if key != name}
        case _:
            return data
    return {**data, name: value}
