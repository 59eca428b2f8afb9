"""Rules that can never match."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.conditions.parse import parse_condition
from gateway.config.mappings.reach import hidden_rules
from gateway.model import ALWAYS, MappingRule, Place
from tests.support.schedules import schedule


def rules(*conditions: dict[str, Any]) -> list[MappingRule]:
    return [
        MappingRule(str(number), Place("x"), parse_condition(document) if document else ALWAYS, ignore="x")
        for number, document in enumerate(conditions)
    ]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": [1, 2]}, {"a": 2}),
        ({"a": {"contains": "x"}}, {"b": 1, "a": {"contains": "x"}}),
        ({"none_of": [{"b": 1}]}, {"a": 1, "none_of": [{"b": 1}]}),
    ],
)
def test_a_rule_is_hidden_by_an_earlier_one_that_asks_less(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert [(hidden.name, cause.name) for hidden, cause in hidden_rules(rules(earlier, later))] == [("1", "0")]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": [1, 2]}),
        ({"a": 1}, {"a": True}),
        ({"a": 1, "b": 1}, {"a": 1}),
        ({"a": 1}, {"any_of": [{"a": 1}, {"b": 1}]}),
        ({"a": {"is": "x", "ignore_case": True}}, {"a": "x", "b": 1}),
        ({"none_of": [{"b": 1}]}, {"a": 1}),
    ],
)
def test_a_rule_is_not_hidden_by_one_that_asks_more(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert not list(hidden_rules(rules(earlier, later)))


def test_a_rule_that_applies_at_times_hides_nothing() -> None:
    earlier = MappingRule("0", Place("x"), during=(schedule("22:00-06:00"),), ignore="x")
    assert not list(hidden_rules([earlier, *rules({"a": 1})]))
