"""Whether an event meets a condition, and why."""

from __future__ import annotations

from datetime import tzinfo

from gateway.conditions.values import compare, contains, is_among, is_equal, matches, quote, quote_all
from gateway.model import Comparison, Condition, Event, Operator, Path, Schedule
from gateway.paths import MISSING, format_path, lookup
from gateway.schedules.windows import describe, is_inside
from gateway.times import moment_of

ORDERS = {Operator.AT_LEAST: (0, 1), Operator.AT_MOST: (-1, 0), Operator.ABOVE: (1,), Operator.BELOW: (-1,)}
"""By operator: what `compare` answers for a value that meets it."""
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


def without_schedules(condition: Condition) -> Condition:
    """*condition* without the parts that ask a schedule."""
    if not schedules_of(condition):
        return condition
    return Condition(
        comparisons=tuple(part for part in condition.comparisons if part.operator is not Operator.DURING),
        any_of=() if any(map(schedules_of, condition.any_of)) else condition.any_of,
        none_of=tuple(excluded for excluded in condition.none_of if not schedules_of(excluded)),
    )


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
            moments = [moment for element in values if (moment := moment_of(element, zone)) is not None]
            if not moments:
                return False, f"{shown}, which is not a time"
            inside = next((moment for moment in moments if is_inside(operand, moment)), None)
            return inside is not None, f"{shown}, {describe(operand, inside or moments[0])}"
        case Operator.AMONG:
            is_met = any(is_among(element, operand) for element in values)
            return is_met, f"{shown}{'' if is_met else f', not {quote_all(operand)}'}"
        case Operator.MATCHES:
            is_met = any(matches(element, operand) for element in values)
            return is_met, f"{shown}, which {'matches' if is_met else 'does not match'} {quote(operand)}"
    orders = [compare(element, operand, comparison.path, zone) for element in values]
    if all(order is None for order in orders):
        return False, f"{shown}, which cannot be compared with {quote(operand)}"
    is_met = any(order in ORDERS[operator] for order in orders)
    return is_met, f"{shown}, {'' if is_met else 'not '}{operator.replace('_', ' ')} {quote(operand)}"
