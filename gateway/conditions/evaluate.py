"""Whether an event meets a condition, and why."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from gateway.conditions.values import contains, in_order, is_among, is_equal, matches, quote, quote_all
from gateway.model import Comparison, Condition, Event, Operator, Path, Schedule
from gateway.paths import MISSING, format_path, lookup
from gateway.schedules.windows import describe, is_inside
from gateway.times import moment_of

Verdict = tuple[bool, str]
"""Whether something holds, and why, as a sentence part."""


def holds(condition: Condition, event: Event, zone: tzinfo) -> Verdict:
    """Whether *condition* holds for *event*, and why: `status.to is 'New', not 'Resolved'`.

    Times without an offset, in the event and in the condition, are times of *zone*.
    """
    reasons = []
    for comparison in condition.comparisons:
        is_met, why = _compare(comparison, event, zone)
        if not is_met:
            return False, why
        reasons.append(why)
    if condition.any_of:
        verdicts = [holds(alternative, event, zone) for alternative in condition.any_of]
        met = [why for is_met, why in verdicts if is_met]
        if not met:
            return False, "; ".join(why for _, why in verdicts)
        reasons.append(met[0])
    for excluded in condition.none_of:
        is_met, why = holds(excluded, event, zone)
        if is_met:
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
    """Every schedule that *condition* asks."""
    schedules = {comparison.operand for comparison in condition.comparisons if comparison.operator is Operator.DURING}
    for nested in (*condition.any_of, *condition.none_of):
        schedules |= schedules_of(nested)
    return schedules


def _compare(comparison: Comparison, event: Event, zone: tzinfo) -> Verdict:
    name, operator, operand = format_path(comparison.path), comparison.operator, comparison.operand
    value = lookup(event, comparison.path)
    if operator is Operator.EXISTS:
        return (value is not MISSING) == operand, f"{name} is {'missing' if value is MISSING else 'there'}"
    if value is MISSING:
        return operator is Operator.NOT, f"{name} is missing"
    values = value if isinstance(value, list) else [value]
    shown = f"{name} is {quote(value)}"
    match operator:
        case Operator.IS | Operator.NOT:
            is_one_of = any(is_equal(element, other) for element in values for other in operand)
            return is_one_of is (operator is Operator.IS), shown if is_one_of else f"{shown}, not {quote_all(operand)}"
        case Operator.CONTAINS:
            is_met = contains(value, operand)
            return is_met, f"{name} {'contains' if is_met else 'does not contain'} {quote(operand)}"
        case Operator.DURING:
            return _is_during(values, operand, shown, zone)
        case Operator.AMONG:
            is_met = any(is_among(element, operand) for element in values)
            return is_met, f"{shown}{'' if is_met else f', not {quote_all(operand)}'}"
        case Operator.MATCHES:
            is_met = any(matches(element, operand) for element in values)
            return is_met, f"{shown}, which {'matches' if is_met else 'does not match'} {quote(operand)}"
    verdicts = [_is_in_order(element, operator, operand, comparison.path, zone) for element in values]
    if all(verdict is None for verdict in verdicts):
        return False, f"{shown}, which cannot be compared with {quote(operand)}"
    is_met = any(verdicts)
    return is_met, f"{shown}, {'' if is_met else 'not '}{operator.replace('_', ' ')} {quote(operand)}"


def _is_during(values: list[Any], schedule: Schedule, shown: str, zone: tzinfo) -> Verdict:
    moments = [moment for value in values if (moment := moment_of(value, zone)) is not None]
    if not moments:
        return False, f"{shown}, which is not a time"
    inside = next((moment for moment in moments if is_inside(schedule, moment)), None)
    return inside is not None, f"{shown}, {describe(schedule, inside or moments[0])}"


def _is_in_order(value: Any, operator: Operator, operand: Any, path: Path, zone: tzinfo) -> bool | None:
    """Whether *value* stands to *operand* as *operator* says; None when they are of different kinds."""
    left, right = in_order(value, path, zone), in_order(operand, path, zone)
    if left is None or right is None or type(left) is not type(right):
        return None
    order = (left > right) - (left < right)  # type: ignore[operator] # both are of one type
    match operator:
        case Operator.AT_LEAST:
            return order >= 0
        case Operator.AT_MOST:
            return order <= 0
        case Operator.ABOVE:
            return order > 0
    return order < 0
