"""An example event that meets a condition: for previews, which show what a notification looks like when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.model import Comparison, Condition, Data, Operator, Path
from gateway.paths import EVENT

SMALLEST_STEP = 1
"""Between a bound of `above` or `below` and a number that meets it."""


def fitted(data: Data, condition: Condition) -> Data:
    """*data* with the first value that each line of *condition* asks for. Lines that name no value (`not`, `matches`,
    `during`) are left alone, so that the result may still not meet it."""
    for comparison in condition.comparisons:
        if comparison.path[0] != EVENT:
            data = _with_value(data, comparison.path, comparison)
    return fitted(data, condition.any_of[0]) if condition.any_of else data


def _with_value(data: Mapping[str, Any], path: Path, comparison: Comparison) -> Mapping[str, Any]:
    name, rest = path[0], path[1:]
    child = data.get(name)
    if rest:
        is_open = child is None or isinstance(child, Mapping)  # an element of a list has no value to put in its place
        return {**data, name: _with_value(child or {}, rest, comparison)} if is_open else data
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
