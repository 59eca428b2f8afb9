"""Finds rules that can never match, because an earlier rule matches all their payloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.conditions.index import equalities, keys_of
from gateway.model import Comparison, Condition, IndexKey, MappingRule, Operator, Path


def hidden_rules(rules: Sequence[MappingRule]) -> Iterator[tuple[MappingRule, MappingRule]]:
    """Pairs of a rule that never matches and the earlier rule that takes its payloads."""
    # Earlier rules are filed under a value that they require, so that not all of a thousand must be compared.
    general: list[MappingRule] = []
    filed: dict[tuple[Path, IndexKey], list[MappingRule]] = {}
    for rule in rules:
        keys = [key for part in equalities(rule.when) for key in _keys(part)]
        earlier = [*general, *(other for key in keys for other in filed.get(key, ()))]
        cause = next((other for other in earlier if _takes_all_of(other, rule)), None)
        if cause:
            yield rule, cause
        asked = equalities(rule.when)
        if not asked:
            general.append(rule)
        for key in _keys(asked[0]) if asked else ():
            filed.setdefault(key, []).append(rule)


def _keys(comparison: Comparison) -> list[tuple[Path, IndexKey]]:
    return [(comparison.path, key) for key in keys_of(list(comparison.operand))]


def _takes_all_of(earlier: MappingRule, later: MappingRule) -> bool:
    """Whether *earlier* matches whatever *later* matches, as far as their conditions show it."""
    if earlier.during or earlier.not_during:
        return False
    weak, strong = earlier.when, later.when
    return (
        all(_is_implied(part, strong) for part in weak.comparisons)
        and (not weak.any_of or weak.any_of == strong.any_of)
        and all(excluded in strong.none_of for excluded in weak.none_of)
    )


def _is_implied(part: Comparison, condition: Condition) -> bool:
    """Whether *part* holds whenever *condition* does."""
    if part in condition.comparisons:
        return True
    if part.operator is not Operator.IS or part.ignore_case:
        return False
    return any(
        other.path == part.path and set(keys_of(list(other.operand))) <= set(keys_of(list(part.operand)))
        for other in equalities(condition)
    )
