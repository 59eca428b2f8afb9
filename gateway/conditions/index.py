"""Which of many conditions may hold, without a look at the others.

An MSP has a route for each of thousands of customers, which all name the same notification: `when: {ticket.customer.id:
4711}`. Deciding must not pay for all of them. So each condition is filed under a value that it asks for, and only those
are looked at that are filed under a value that is there, and those that ask for none. What is found is then decided by
the whole condition, so that the index may find too many, but never too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gateway.model import Comparison, Condition, ConditionIndex, IndexKey, Operator, Path


def index_conditions(conditions: Sequence[Condition]) -> ConditionIndex:
    """The index of *conditions*.

    A condition may ask for several values: a customer, a priority. It is filed under the one for which the fewest ask.
    """
    asking = Counter(
        (comparison.path, key) for when in conditions for comparison in equalities(when) for key in _keys(comparison)
    )
    unindexed: list[int] = []
    by_value: dict[Path, dict[IndexKey, list[int]]] = {}
    for number, condition in enumerate(conditions):
        asked = equalities(condition)
        if not asked:
            unindexed.append(number)
            continue
        rarest = min(asked, key=lambda comparison: max(asking[comparison.path, key] for key in _keys(comparison)))
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
    """The numbers of the conditions that may hold for what *read* reads, in rising order."""
    if not index.by_value:
        return index.unindexed
    numbers = set(index.unindexed)
    for path, numbers_by_key in index.by_value.items():
        for key in keys_of(read(path)):
            numbers.update(numbers_by_key.get(key, ()))
    return sorted(numbers)


def keys_of(value: Any) -> Iterator[IndexKey]:
    """What conditions may be filed under when *value* is there: it, or each element of a list."""
    for element in value if isinstance(value, list) else (value,):
        if isinstance(element, str | int | float):
            yield isinstance(element, bool), element


def unfiled_conditions(index: ConditionIndex, conditions: Sequence[Condition]) -> list[Condition]:
    """What is left of each condition without the comparison under whose value it is filed; without those of which
    nothing is left."""
    paths = {
        number: path
        for path, numbers_by_key in index.by_value.items()
        for numbers in numbers_by_key.values()
        for number in numbers
    }
    unfiled = []
    for number, condition in enumerate(conditions):
        filed = (paths.get(number), Operator.IS, False)
        rest = tuple(part for part in condition.comparisons if (part.path, part.operator, part.ignore_case) != filed)
        if rest or condition.any_of or condition.none_of:
            unfiled.append(replace(condition, comparisons=rest))
    return unfiled


def equalities(condition: Condition) -> list[Comparison]:
    """The comparisons that ask for one value, or for one of a list."""
    return [part for part in condition.comparisons if part.operator is Operator.IS and not part.ignore_case]


def _keys(comparison: Comparison) -> list[IndexKey]:
    return list(dict.fromkeys(keys_of(list(comparison.operand))))
