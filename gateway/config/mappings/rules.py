"""Reads the rules of a mapping from the YAML: what they match, and what they emit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.conditions.parse import ConditionError, parse_condition
from gateway.config.conditions import places_of_paths
from gateway.config.mappings.events import read_pattern
from gateway.config.mappings.keys import RuleKeys
from gateway.config.mappings.known import Known
from gateway.config.sections import Entry, listed_at
from gateway.mapping.conversions import key_text
from gateway.mapping.focus import parse_payload_path
from gateway.model import (
    ALWAYS,
    Condition,
    MappingRule,
    Operator,
    Problem,
    Schedule,
)
from gateway.suggestions import did_you_mean

SPELLINGS = {True: ("true", "True", "TRUE"), False: ("false", "False", "FALSE")}


def read_rule(entry: Entry, known: Known, problems: list[Problem]) -> MappingRule:
    """The rule in *entry*. Adds to *problems*; a rule with a problem must not be used."""
    value: RuleKeys = entry.value
    if ("emit" in value) == ("ignore" in value):
        problems.append(entry.problem((), "expected `emit` or `ignore`", "a rule either emits events or ignores"))
    patterns = [read_pattern(entry.below(*place), known, problems) for place, _ in listed_at(entry, "emit")]
    return MappingRule(
        name=entry.name,
        place=entry.document.at(*entry.path),
        when=_read_condition(entry, known, problems) if "when" in value else ALWAYS,
        during=_schedules(entry, "during", known, problems),
        not_during=_schedules(entry, "not_during", known, problems),
        emit=tuple(pattern for pattern in patterns if pattern),
        ignore=value.get("ignore"),
    )


def _schedules(entry: Entry, key: str, known: Known, problems: list[Problem]) -> tuple[Schedule, ...]:
    schedules = []
    for place, name in listed_at(entry, key):
        if name in known.timetable.schedules:
            schedules.append(known.timetable.schedules[name])
        elif unknown := known.sections.unknown("schedules", name):
            problems.append(entry.problem(place, *unknown))
    return tuple(schedules)


# ------------------------------------------------------------------ conditions


def _read_condition(entry: Entry, known: Known, problems: list[Problem]) -> Condition:
    when = entry.below("when")
    before = len(problems)
    for place in places_of_paths(when.value):
        try:
            parse_payload_path(str(place[-1]))
        except ValueError as exc:
            problems.append(when.problem(place, str(exc), key=True))
    if len(problems) > before:
        return ALWAYS
    try:
        return _with_texts(parse_condition(when.value, known.terms))
    except ConditionError as exc:
        name = exc.path[-1] if exc.path else ""
        names = known.timetable.schedules if name == Operator.DURING else list(Operator)
        unknown = when.below(*exc.path).value if name == Operator.DURING else name
        problems.append(when.problem(exc.path, str(exc), did_you_mean(str(unknown), names)))
        return ALWAYS


def _with_texts(condition: Condition) -> Condition:
    """*condition*, in which a number, true or false also stands for its text: senders are careless about types, and
    forms and XML have none."""
    comparisons = []
    for comparison in condition.comparisons:
        operands: list[Any] = []
        for operand in comparison.operand if comparison.operator in (Operator.IS, Operator.NOT) else ():
            operands.append(operand)
            if isinstance(operand, bool):
                operands += SPELLINGS[operand]
            elif not isinstance(operand, str):
                operands.append(key_text(operand))
        comparisons.append(replace(comparison, operand=tuple(operands)) if operands else comparison)
    return Condition(
        tuple(comparisons), tuple(map(_with_texts, condition.any_of)), tuple(map(_with_texts, condition.none_of))
    )
