"""Conditions (`when`): parsing them from the YAML's data and deciding them with a reason.

Equality is JSON's: text is not a number, true is not the text "true". Order is looser, since amounts
arrive as text ("434.60"): what reads as a number compares as one, what reads as a date or time as that.
A list (`ticket.tags`, `alerts.customer.name`) meets a comparison when one of its elements does, and
`not` when none is what is excluded. A value that cannot be compared does not hold, and the reason says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from gateway.model import Comparison, Condition, Event, Operator, Path, Severity
from gateway.paths import MISSING, format_path, lookup, parse_path

SHOWN = 60
"""Characters of a value that a reason quotes."""

SEVERITY: Path = ("event", "severity")
MAX_MATCHED = 4096
"""Characters of a text that a glob looks at."""
ORDERED = {Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW}
NESTED = ("any_of", "none_of")


class ConditionError(ValueError):
    """A condition that cannot be read; *path* leads to the place in its document."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


# ------------------------------------------------------------------ parsing


def parse_condition(document: Mapping[str, Any]) -> Condition:
    """The condition that a `when` of the YAML says. Raises: ConditionError."""
    comparisons: list[Comparison] = []
    nested: dict[str, tuple[Condition, ...]] = {}
    for key, value in document.items():
        if key in NESTED:
            nested[key] = _parse_list(key, value)
        else:
            comparisons += _parse_entry(key, value)
    return Condition(tuple(comparisons), nested.get("any_of", ()), nested.get("none_of", ()))


def _parse_list(key: str, value: Any) -> tuple[Condition, ...]:
    if not isinstance(value, list) or not value:
        raise ConditionError("expected a list of conditions", (key,))
    conditions = []
    for number, one in enumerate(value):
        if not isinstance(one, Mapping):
            raise ConditionError("expected a condition (path: value)", (key, number))
        try:
            conditions.append(parse_condition(one))
        except ConditionError as exc:
            raise ConditionError(str(exc), (key, number, *exc.path)) from exc
    return tuple(conditions)


def _parse_entry(key: str, value: Any) -> Iterator[Comparison]:
    try:
        path = parse_path(key)
    except ValueError as exc:
        raise ConditionError(str(exc), (key,)) from exc
    if not isinstance(value, Mapping):
        yield Comparison(path, Operator.IS, _alternatives(value, (key,)))
        return
    if not value:
        raise ConditionError("expected an operator such as at_least", (key,))
    for name, operand in value.items():
        if name not in list(Operator) or name == Operator.IS:
            raise ConditionError(f"unknown operator {name!r}", (key, name))
        yield Comparison(path, Operator(name), _operand(Operator(name), operand, path, (key, name)))


def _alternatives(value: Any, place: tuple[str, ...]) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values:
        raise ConditionError("expected at least one value", place)
    for one in values:
        if one is None:
            raise ConditionError("null is no value to compare with; to ask for none, write {exists: false}", place)
        if not isinstance(one, str | int | float):
            raise ConditionError("expected a text, a number, true or false", place)
    return values


def _operand(operator: Operator, value: Any, path: Path, place: tuple[str, ...]) -> Any:
    if operator is Operator.NOT:
        return _alternatives(value, place)
    if operator is Operator.CONTAINS and not isinstance(value, str | int | float):
        raise ConditionError("contains takes a text, a number, true or false", place)
    if operator is Operator.EXISTS and not isinstance(value, bool):
        raise ConditionError("exists takes true or false", place)
    if operator is Operator.MATCHES and not isinstance(value, str):
        raise ConditionError("matches takes a glob, such as 'KELLER-*'", place)
    if operator in ORDERED and _ordered(value, path) is None:
        wanted = "a severity" if path == SEVERITY else "a number or a date"
        raise ConditionError(f"{operator} takes {wanted}", place)
    return value


# ------------------------------------------------------------------ deciding


def holds(condition: Condition, event: Event) -> tuple[bool, str]:
    """Whether *condition* holds for *event*, and why, in words: `status.to is 'New', not 'Resolved'`."""
    reasons = []
    for comparison in condition.comparisons:
        is_met, why = _compare(comparison, event)
        if not is_met:
            return False, why
        reasons.append(why)
    if condition.any_of:
        verdicts = [holds(one, event) for one in condition.any_of]
        met = [why for is_met, why in verdicts if is_met]
        if not met:
            return False, "; ".join(why for _, why in verdicts)
        reasons.append(met[0])
    for one in condition.none_of:
        is_met, why = holds(one, event)
        if is_met:
            return False, f"{why}, which is excluded"
        reasons.append(why)
    return True, " and ".join(reasons)


def paths_of(condition: Condition) -> set[Path]:
    """Every path that *condition* reads."""
    paths = {comparison.path for comparison in condition.comparisons}
    for one in (*condition.any_of, *condition.none_of):
        paths |= paths_of(one)
    return paths


def _compare(comparison: Comparison, event: Event) -> tuple[bool, str]:
    name, operator, operand = format_path(comparison.path), comparison.operator, comparison.operand
    value = lookup(event, comparison.path)
    if operator is Operator.EXISTS:
        return (value is not MISSING) == operand, f"{name} is {'missing' if value is MISSING else 'there'}"
    if value is MISSING:
        is_met = operator is Operator.NOT
        return is_met, f"{name} is missing"
    values = value if isinstance(value, list) else [value]
    shown = f"{name} is {_quote(value)}"
    if operator is Operator.IS or operator is Operator.NOT:
        is_one = any(_equal(one, other) for one in values for other in operand)
        return is_one is (operator is Operator.IS), shown if is_one else f"{shown}, not {_quote_all(operand)}"
    match operator:
        case Operator.CONTAINS:
            is_met = _contains(value, operand)
            return is_met, f"{name} {'contains' if is_met else 'does not contain'} {_quote(operand)}"
        case Operator.MATCHES:
            is_met = any(_matches(one, operand) for one in values)
            return is_met, f"{shown}, which {'matches' if is_met else 'does not match'} {_quote(operand)}"
    verdicts = [_in_order(one, operator, operand, comparison.path) for one in values]
    if all(verdict is None for verdict in verdicts):
        return False, f"{shown}, which cannot be compared with {_quote(operand)}"
    is_met = any(verdicts)
    return is_met, f"{shown}, {'' if is_met else 'not '}{operator.replace('_', ' ')} {_quote(operand)}"


def _in_order(value: Any, operator: Operator, operand: Any, path: Path) -> bool | None:
    """Whether *value* stands to *operand* as *operator* says; None when they are of different kinds."""
    left, right = _ordered(value, path), _ordered(operand, path)
    if left is None or right is None or type(left) is not type(right):
        return None
    match operator:
        case Operator.AT_LEAST:
            return bool(left >= right)
        case Operator.AT_MOST:
            return bool(left <= right)
        case Operator.ABOVE:
            return bool(left > right)
    return bool(left < right)


def _matches(value: Any, glob: str) -> bool:
    """Whether the text (or number) *value* fits *glob*; only its beginning is looked at."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return fnmatchcase(str(value)[:MAX_MATCHED], glob)


def _equal(value: Any, operand: Any) -> bool:
    """JSON equality: true is not 1, and text is not a number."""
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    return bool(value == operand)


def _contains(value: Any, operand: Any) -> bool:
    if isinstance(value, str):
        return isinstance(operand, str) and operand in value
    return isinstance(value, list) and any(_equal(one, operand) for one in value)


def _ordered(value: Any, path: Path) -> Any:
    """*value* as something with an order: severity rank, Decimal or time; None when it has none.

    Amounts arrive as text ("434.60"), so text that is a number counts as one.
    """
    if path == SEVERITY:
        return Severity(value).rank if value in list(Severity) else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | str):
        number = _number(value)
        return _time(str(value)) if number is None else number
    return None


def _number(value: float | str) -> Decimal | None:
    """The finite number that *value* is or spells."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and "_" not in str(value) else None


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _quote(value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(_quote(one) for one in value[:SHOWN])
        text = f"[{shown}]"
    else:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "?" for one in text[: 2 * SHOWN])
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "\u2026"


def _quote_all(values: Sequence[Any]) -> str:
    return " or ".join(_quote(one) for one in values)
