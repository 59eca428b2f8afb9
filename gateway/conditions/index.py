"""An index that narrows many conditions down to those that may hold for an event.

An MSP has a route for each of thousands of customers, and all of them name the same notification: `when:
{ticket.customer.id: 4711}`. Evaluating every condition for every event would be slow. So each condition is filed under
a value that it requires. For an event, only two kinds of conditions are evaluated: those filed under a value that the
event has, and those that require no particular value. The index may return too many candidates, but never too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import Comparison, Condition, ConditionIndex, IndexKey, Operator, Path


def index_conditions(conditions: Sequence[Condition]) -> ConditionIndex:
    """The index of *conditions*.

    A condition that requires several values, such as a customer and a priority, is filed under the rarest of them.
    """
    demand = Counter(
        (comparison.path, key) for when in conditions for comparison in equalities(when) for key in _keys(comparison)
    )
    unindexed: list[int] = []
    by_value: dict[Path, dict[IndexKey, list[int]]] = {}
    for number, condition in enumerate(conditions):
        required = equalities(condition)
        if not required:
            unindexed.append(number)
            continue
        rarest = min(required, key=lambda comparison: max(demand[comparison.path, key] for key in _keys(comparison)))
        for key in _keys(rarest):
            by_value.setdefault(rarest.path, {}).setdefault(key, []).append(number)
    return ConditionIndex(
        unindexed=tuple(unindexed),
        by_value={
            path: {key: tuple(numbers) for key, numbers in numbers_by_key.items()}
            for path, numbers_by_key in by_value.items()
        },
    )


def candidates(index: ConditionIndex, read: Callable[[Path], Any]) -> Sequence[int]:
    """The numbers of the conditions that may hold, in rising order; *read* returns the value at a path."""
    if not index.by_value:
        return index.unindexed
    numbers = set(index.unindexed)
    for path, numbers_by_key in index.by_value.items():
        for key in keys_of(read(path)):
            numbers.update(numbers_by_key.get(key, ()))
    return sorted(numbers)


def keys_of(value: Any) -> Iterator[IndexKey]:
    """The keys under which conditions on *value* may be filed: the value itself, or each element of a list."""
    # In Python, true and 1 are the same key; in JSON they are different values.
    for element in value if isinstance(value, list) else (value,):
        if isinstance(element, str | int | float):
            yield isinstance(element, bool), element


def unfiled_conditions(index: ConditionIndex, conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions without the comparison under which each is filed; conditions with nothing left are dropped."""
    paths = {
        number: path
        for path, numbers_by_key in index.by_value.items()
        for numbers in numbers_by_key.values()
        for number in numbers
    }
    unfiled = []
    for number, condition in enumerate(conditions):
        filed = (paths.get(number), Operator.IS, False)
        comparisons = tuple(
            part for part in condition.comparisons if (part.path, part.operator, part.ignore_case) != filed
        )
        if comparisons or condition.any_of or condition.none_of:
            unfiled.append(replace(condition, comparisons=comparisons))
    return unfiled


def equalities(condition: Condition) -> list[Comparison]:
    """The comparisons that require one particular value, or one of a list of values."""
    return [part for part in condition.comparisons if part.operator is Operator.IS and not part.ignore_case]


def _keys(comparison: Comparison) -> list[IndexKey]:
    return list(dict.fromkeys(keys_of(list(comparison.operand))))
