"""A `when` of the YAML becomes a Condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from gateway.conditions.values import SEVERITY, in_order
from gateway.model import Comparison, Condition, Operator, Path, Schedule
from gateway.paths import parse_path

ORDERED = {Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW}
NESTED = ("any_of", "none_of")


class ConditionError(ValueError):
    """A condition that cannot be read; *path* leads to the place in its document."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Terms:
    """What a condition may name: schedules, and lists of states as the catalogue has them (`final`)."""

    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)


NO_TERMS = Terms()


def parse_condition(document: Mapping[str, Any], terms: Terms = NO_TERMS) -> Condition:
    """The condition that a `when` of the YAML says. Raises: ConditionError."""
    comparisons: list[Comparison] = []
    nested: dict[str, tuple[Condition, ...]] = {}
    for key, value in document.items():
        if key in NESTED:
            nested[key] = _parse_list(key, value, terms)
            continue
        try:
            path = parse_path(key)
        except ValueError as exc:
            raise ConditionError(str(exc), (key,)) from exc
        if not isinstance(value, Mapping):
            comparisons.append(Comparison(path, Operator.IS, _alternatives(value, (key,))))
            continue
        if not value:
            raise ConditionError("expected an operator such as at_least", (key,))
        for name, operand in value.items():
            if name not in list(Operator) or name == Operator.IS:
                raise ConditionError(f"unknown operator {name!r}", (key, name))
            operator = Operator(name)
            comparisons.append(Comparison(path, operator, _operand(operator, operand, path, (key, name), terms)))
    return Condition(tuple(comparisons), nested.get("any_of", ()), nested.get("none_of", ()))


def _parse_list(key: str, value: Any, terms: Terms) -> tuple[Condition, ...]:
    if not isinstance(value, list) or not value:
        raise ConditionError("expected a list of conditions", (key,))
    conditions = []
    for number, document in enumerate(value):
        if not isinstance(document, Mapping):
            raise ConditionError("expected a condition (path: value)", (key, number))
        try:
            conditions.append(parse_condition(document, terms))
        except ConditionError as exc:
            raise ConditionError(str(exc), (key, number, *exc.path)) from exc
    return tuple(conditions)


def _alternatives(value: Any, place: tuple[str, ...]) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values:
        raise ConditionError("expected at least one value", place)
    for alternative in values:
        if alternative is None:
            raise ConditionError("null cannot be compared; for a value that is missing write {exists: false}", place)
        if not isinstance(alternative, str | int | float):
            raise ConditionError("expected a text, a number, true or false", place)
    return values


def _operand(operator: Operator, value: Any, path: Path, place: tuple[str, ...], terms: Terms) -> Any:
    if operator is Operator.NOT:
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
    if operator is Operator.CONTAINS and not isinstance(value, str | int | float):
        raise ConditionError("contains takes a text, a number, true or false", place)
    if operator is Operator.EXISTS and not isinstance(value, bool):
        raise ConditionError("exists takes true or false", place)
    if operator is Operator.MATCHES and not isinstance(value, str):
        raise ConditionError("matches takes a glob, such as 'KELLER-*'", place)
    if operator in ORDERED and in_order(value, path, UTC) is None:
        wanted = "a severity" if path == SEVERITY else "a number or a date"
        raise ConditionError(f"{operator} takes {wanted}", place)
    return value
