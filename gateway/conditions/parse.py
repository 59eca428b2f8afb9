"""Parses a `when` of the YAML into a Condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from gateway.conditions.values import SEVERITY, in_order
from gateway.model import Comparison, Condition, Operator, Path, Schedule
from gateway.paths import format_path, parse_path

ORDERED = {Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW}
OF_TEXT = {Operator.IS, Operator.NOT, Operator.CONTAINS, Operator.MATCHES}
"""Operators that can ignore upper and lower case."""
IGNORE_CASE = "ignore_case"
"""The key, beside such an operator, that makes it ignore case."""
NESTED = ("any_of", "none_of")
Place = tuple[str | int, ...]
"""The keys and indexes that lead to a part of a condition."""


class ConditionError(ValueError):
    """An invalid condition; *path* leads to the faulty part of its document."""

    def __init__(self, message: str, path: Place = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Terms:
    """What a condition may refer to by name: schedules, and the lists under `states` in the catalogue (`final`)."""

    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)


NO_TERMS = Terms()


def parse_condition(document: Any, terms: Terms = NO_TERMS, place: Place = ()) -> Condition:
    """Parses *document*, a `when` of the YAML or the part of one at *place*. Raises: ConditionError."""
    if not isinstance(document, Mapping):
        raise ConditionError("expected a condition (path: value)", place)
    comparisons: list[Comparison] = []
    nested: dict[str, tuple[Condition, ...]] = {}
    for key, value in document.items():
        here = (*place, key)
        if key in NESTED:
            if not isinstance(value, list) or not value:
                raise ConditionError("expected a list of conditions", here)
            nested[key] = tuple(parse_condition(part, terms, (*here, number)) for number, part in enumerate(value))
            continue
        try:
            path = parse_path(key)
        except ValueError as exc:
            raise ConditionError(str(exc), here) from exc
        if not isinstance(value, Mapping):
            comparisons.append(Comparison(path, Operator.IS, _alternatives(value, here)))
            continue
        if not value:
            raise ConditionError("expected an operator such as at_least", here)
        comparisons += _comparisons(value, path, here, terms)
    return Condition(tuple(comparisons), nested.get("any_of", ()), nested.get("none_of", ()))


def _comparisons(operators: Mapping[str, Any], path: Path, place: Place, terms: Terms) -> Iterator[Comparison]:
    """A comparison for each of the *operators* on the value at *path*."""
    ignore_case = operators.get(IGNORE_CASE, False)
    if not isinstance(ignore_case, bool):
        raise ConditionError(f"{IGNORE_CASE} takes true or false", (*place, IGNORE_CASE))
    if IGNORE_CASE in operators and not OF_TEXT & operators.keys():
        raise ConditionError(f"{IGNORE_CASE} needs is, not, contains or matches beside it", (*place, IGNORE_CASE))
    for name, value in operators.items():
        if name == IGNORE_CASE:
            continue
        if name not in list(Operator):
            raise ConditionError(f"unknown operator {name!r}", (*place, name))
        operator = Operator(name)
        operand = _operand(operator, value, path, (*place, name), terms)
        yield Comparison(path, operator, operand, ignore_case and operator in OF_TEXT)


def condition_document(condition: Condition) -> dict[str, Any]:
    """The `when` that `parse_condition` would read as *condition*, which must not refer to schedules."""
    by_path: dict[str, dict[str, Any]] = {}
    for comparison in condition.comparisons:
        operand = list(comparison.operand) if isinstance(comparison.operand, tuple) else comparison.operand
        operators = by_path.setdefault(format_path(comparison.path), {})
        operators[comparison.operator.value] = operand
        if comparison.ignore_case:
            operators[IGNORE_CASE] = True
    document: dict[str, Any] = {
        path: operators[Operator.IS] if operators.keys() == {Operator.IS} else operators
        for path, operators in by_path.items()
    }
    for key, nested in zip(NESTED, (condition.any_of, condition.none_of), strict=True):
        if nested:
            document[key] = [condition_document(inner) for inner in nested]
    return document


def _alternatives(value: Any, place: Place) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values:
        raise ConditionError("expected at least one value", place)
    for alternative in values:
        if alternative is None:
            raise ConditionError("null cannot be compared; for a value that is missing write {exists: false}", place)
        if not isinstance(alternative, str | int | float):
            raise ConditionError("expected a text, a number, true or false", place)
    return values


def _operand(operator: Operator, value: Any, path: Path, place: Place, terms: Terms) -> Any:
    if operator in (Operator.IS, Operator.NOT, Operator.CONTAINS):
        return _alternatives(value, place)
    if operator is Operator.DURING:
        if value not in terms.schedules:
            raise ConditionError(f"unknown schedule {value!r}", place)
        return terms.schedules[value]
    if operator is Operator.AMONG:
        spellings = terms.states.get(value, ()) if isinstance(value, str) else value
        if not isinstance(spellings, Sequence) or not spellings or not all(isinstance(text, str) for text in spellings):
            raise ConditionError("among takes a list of texts, or the name of a list in `states`", place)
        return tuple(spellings)
    if operator is Operator.EXISTS and not isinstance(value, bool):
        raise ConditionError("exists takes true or false", place)
    if operator is Operator.MATCHES and not isinstance(value, str):
        raise ConditionError("matches takes a glob, such as 'KELLER-*'", place)
    if operator in ORDERED and in_order(value, path, UTC) is None:
        expected = "a severity" if path == SEVERITY else "a number or a date"
        raise ConditionError(f"{operator} takes {expected}", place)
    return value
