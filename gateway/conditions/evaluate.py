"""Whether an event meets a condition, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from gateway.conditions.values import compare, contains, fold, is_among, is_equal, matches, quote, quote_all
from gateway.model import Comparison, Condition, Event, Operator, Path, Schedule
from gateway.paths import MISSING, format_path, lookup
from gateway.schedules.windows import describe, is_inside
from gateway.times import moment_of

ORDERS = {Operator.AT_LEAST: (0, 1), Operator.AT_MOST: (-1, 0), Operator.ABOVE: (1,), Operator.BELOW: (-1,)}
"""For each operator, the results of `compare` that meet it."""
Verdict = tuple[bool, str]
"""Whether something holds, and the reason as a clause."""


def holds(condition: Condition, event: Event, zone: tzinfo) -> Verdict:
    """Whether *condition* holds for *event*, and why: `status.to is 'New', not 'Resolved'`.

    Times without an offset, in the event and in the condition, are times of *zone*.
    """
    return is_met(condition, partial(lookup, event), zone)


def is_met(condition: Condition, read: Callable[[Path], Any], zone: tzinfo) -> Verdict:
    """Like `holds`, for anything else: *read* returns the value at a path, or MISSING."""
    reasons = []
    for comparison in condition.comparisons:
        agrees, why = _compare(comparison, read(comparison.path), zone)
        if not agrees:
            return False, why
        reasons.append(why)
    if condition.any_of:
        verdicts = [is_met(alternative, read, zone) for alternative in condition.any_of]
        met = [why for agrees, why in verdicts if agrees]
        if not met:
            return False, "; ".join(why for _, why in verdicts)
        reasons.append(met[0])
    for excluded in condition.none_of:
        agrees, why = is_met(excluded, read, zone)
        if agrees:
            return False, f"{why}, which is excluded"
        reasons.append(why)
    return True, " and ".join(reasons)


def paths_of(condition: Condition) -> set[Path]:
    """Every path that *condition* reads."""
    paths = {comparison.path for comparison in condition.comparisons}
    for nested in (*condition.any_of, *condition.none_of):
        paths |= paths_of(nested)
    return paths


def schedules_of(condition: Condition) -> set[Schedule]:
    """Every schedule that *condition* refers to."""
    schedules = {comparison.operand for comparison in condition.comparisons if comparison.operator is Operator.DURING}
    for nested in (*condition.any_of, *condition.none_of):
        schedules |= schedules_of(nested)
    return schedules


def without_schedules(condition: Condition) -> Condition:
    """*condition* without its `during` and `not_during`."""
    if not schedules_of(condition):
        return condition
    # Alternatives go all together: one without a schedule may fail, and another may have held by its schedule.
    return Condition(
        comparisons=tuple(part for part in condition.comparisons if part.operator is not Operator.DURING),
        any_of=() if any(map(schedules_of, condition.any_of)) else condition.any_of,
        none_of=tuple(excluded for excluded in condition.none_of if not schedules_of(excluded)),
    )


def _compare(comparison: Comparison, value: Any, zone: tzinfo) -> Verdict:
    name, operator, operand = format_path(comparison.path), comparison.operator, comparison.operand
    if operator is Operator.EXISTS:
        return (value is not MISSING) == operand, f"{name} is {'missing' if value is MISSING else 'there'}"
    if value is MISSING:
        return operator is Operator.NOT, f"{name} is missing"
    statement = f"{name} is {quote(value)}"
    sought: Any = operand
    if comparison.ignore_case:
        value, sought = fold(value), fold(operand)
    values = value if isinstance(value, list) else [value]
    match operator:
        case Operator.IS | Operator.NOT:
            is_one_of = any(is_equal(element, other) for element in values for other in sought)
            agrees = is_one_of is (operator is Operator.IS)
            return agrees, statement if is_one_of else f"{statement}, not {quote_all(operand)}"
        case Operator.CONTAINS:
            part = next((part for part, text in zip(operand, sought, strict=True) if contains(value, text)), None)
            if part is None:
                return False, f"{name} does not contain {quote_all(operand)}"
            return True, f"{name} contains {quote(part)}"
        case Operator.DURING:
            return _is_during(operand, values, statement, zone)
        case Operator.AMONG:
            agrees = any(is_among(element, operand) for element in values)
            return agrees, f"{statement}{'' if agrees else f', not {quote_all(operand)}'}"
        case Operator.MATCHES:
            agrees = any(matches(element, sought) for element in values)
            return agrees, f"{statement}, which {'matches' if agrees else 'does not match'} {quote(operand)}"
        case _:
            return _is_in_order(comparison, values, statement, zone)


def _is_during(schedule: Schedule, values: list[Any], statement: str, zone: tzinfo) -> Verdict:
    moments = [moment for element in values if (moment := moment_of(element, zone)) is not None]
    if not moments:
        return False, f"{statement}, which is not a time"
    inside = next((moment for moment in moments if is_inside(schedule, moment)), None)
    return inside is not None, f"{statement}, {describe(schedule, inside or moments[0])}"


def _is_in_order(comparison: Comparison, values: list[Any], statement: str, zone: tzinfo) -> Verdict:
    operator, operand = comparison.operator, comparison.operand
    orders = [compare(element, operand, comparison.path, zone) for element in values]
    if all(order is None for order in orders):
        return False, f"{statement}, which cannot be compared with {quote(operand)}"
    agrees = any(order in ORDERS[operator] for order in orders)
    return agrees, f"{statement}, {'' if agrees else 'not '}{operator.replace('_', ' ')} {quote(operand)}"
