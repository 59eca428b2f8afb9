"""Conditions: what they accept, what they decide, and the reason in words."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conditions.evaluate import holds, paths_of
from gateway.conditions.parse import ConditionError, parse_condition
from gateway.conditions.values import MAX_SHOWN
from gateway.model import ALWAYS, Severity
from tests.support.builders import event

DATA: dict[str, Any] = {
    "status": {"from": "New", "to": "Resolved"},
    "total": "434.60",
    "count": 3,
    "zero": 0,
    "flag": True,
    "flag_text": "true",
    "nothing": None,
    "tags": ["vip", "printer"],
    "empty": [],
    "scores": [1, 5],
    "due": "2026-11-24T17:00:00-07:00",
    "day": "2026-11-24",
    "object": {"a": 1},
}


@pytest.mark.parametrize(
    ("document", "verdict", "why"),
    [
        ({"status.to": "Resolved"}, True, "status.to is 'Resolved'"),
        ({"status.from": "Resolved"}, False, "status.from is 'New', not 'Resolved'"),
        ({"status.to": {"is": "Resolved"}}, True, "status.to is 'Resolved'"),
        ({"status.to": {"is": "RESOLVED", "ignore_case": True}}, True, "status.to is 'Resolved'"),
        ({"status.to": {"is": "RESOLVED"}}, False, "status.to is 'Resolved', not 'RESOLVED'"),
        ({"status.to": {"not": ["resolved"], "ignore_case": True}}, False, "status.to is 'Resolved'"),
        ({"status.to": {"contains": "SOLV", "ignore_case": True}}, True, "status.to contains 'SOLV'"),
        ({"status.to": {"contains": ["x", "solv"]}}, True, "status.to contains 'solv'"),
        ({"status.to": {"contains": ["x", "y"]}}, False, "status.to does not contain 'x' or 'y'"),
        ({"status.to": {"matches": "r*", "ignore_case": True}}, True, "status.to is 'Resolved', which matches 'r*'"),
        ({"status.to": ["Closed", "Resolved"]}, True, "status.to is 'Resolved'"),
        ({"status.from": ["Closed", "Resolved"]}, False, "status.from is 'New', not 'Closed' or 'Resolved'"),
        ({"status.via": "x"}, False, "status.via is missing"),
        ({"nothing": "x"}, False, "nothing is missing"),
        ({"status.to": {"not": "New"}}, True, "status.to is 'Resolved', not 'New'"),
        ({"status.to": {"not": ["New", "Resolved"]}}, False, "status.to is 'Resolved'"),
        ({"status.via": {"not": "x"}}, True, "status.via is missing"),
        # equality is JSON's
        ({"count": 3}, True, "count is 3"),
        ({"count": 3.0}, True, "count is 3"),
        ({"count": "3"}, False, "count is 3, not '3'"),
        ({"flag": True}, True, "flag is true"),
        ({"flag": 1}, False, "flag is true, not 1"),
        ({"flag_text": True}, False, "flag_text is 'true', not true"),
        ({"total": 434.6}, False, "total is '434.60', not 434.6"),
        # order is looser
        ({"total": {"above": 434}}, True, "total is '434.60', above 434"),
        ({"total": {"at_most": "434.6"}}, True, "total is '434.60', at most '434.6'"),
        ({"total": {"below": 434.6}}, False, "total is '434.60', not below 434.6"),
        ({"count": {"at_least": 3, "below": 4}}, True, "count is 3, at least 3 and count is 3, below 4"),
        ({"zero": {"at_most": 0}}, True, "zero is 0, at most 0"),
        ({"zero": {"above": -1}}, True, "zero is 0, above -1"),
        ({"flag": {"above": 0}}, False, "flag is true, which cannot be compared with 0"),
        ({"status.to": {"above": 0}}, False, "status.to is 'Resolved', which cannot be compared with 0"),
        ({"object": {"above": 0}}, False, 'object is {"a": 1}, which cannot be compared with 0'),
        ({"due": {"above": "2026-11-24T23:59:59Z"}}, True, None),
        ({"due": {"below": "2026-11-25"}}, False, None),
        ({"day": {"at_least": "2026-11-24"}}, True, None),
        ({"day": {"at_least": 3}}, False, "day is '2026-11-24', which cannot be compared with 3"),
        # severity has an order of its own
        ({"event.severity": {"at_least": "warning"}}, True, "event.severity is 'error', at least 'warning'"),
        ({"event.severity": {"above": "error"}}, False, "event.severity is 'error', not above 'error'"),
        ({"event.severity": ["error", "critical"]}, True, "event.severity is 'error'"),
        # texts and lists
        ({"tags": {"contains": "vip"}}, True, "tags contains 'vip'"),
        ({"tags": {"contains": "vi"}}, False, "tags does not contain 'vi'"),
        ({"status.to": {"contains": "solve"}}, True, "status.to contains 'solve'"),
        ({"count": {"contains": 3}}, False, "count does not contain 3"),
        ({"tags": "vip"}, True, "tags is ['vip', 'printer']"),
        ({"tags": {"not": "vip"}}, False, "tags is ['vip', 'printer']"),
        ({"tags": {"not": "mac"}}, True, "tags is ['vip', 'printer'], not 'mac'"),
        ({"tags": {"matches": "print*"}}, True, "tags is ['vip', 'printer'], which matches 'print*'"),
        ({"scores": {"above": 4}}, True, "scores is [1, 5], above 4"),
        ({"empty": "vip"}, False, "empty is [], not 'vip'"),
        ({"empty": {"above": 4}}, False, "empty is [], which cannot be compared with 4"),
        ({"status.to": {"matches": "Res?lve[a-e]"}}, True, "status.to is 'Resolved', which matches 'Res?lve[a-e]'"),
        ({"status.to": {"matches": "res*"}}, False, "status.to is 'Resolved', which does not match 'res*'"),
        ({"count": {"matches": "3*"}}, True, "count is 3, which matches '3*'"),
        ({"flag": {"matches": "*"}}, False, "flag is true, which does not match '*'"),
        # presence
        ({"status": {"exists": True}}, True, "status is there"),
        ({"nothing": {"exists": True}}, False, "nothing is missing"),
        ({"nothing": {"exists": False}}, True, "nothing is missing"),
        # nesting
        ({"any_of": [{"count": 4}, {"count": 3}]}, True, "count is 3"),
        ({"any_of": [{"count": 4}, {"zero": 1}]}, False, "count is 3, not 4; zero is 0, not 1"),
        ({"none_of": [{"count": 4}]}, True, "count is 3, not 4"),
        ({"none_of": [{"count": 4}, {"zero": 0}]}, False, "zero is 0, which is excluded"),
        ({"flag": True, "any_of": [{"count": 3, "zero": 0}]}, True, "flag is true and count is 3 and zero is 0"),
    ],
)
def test_a_condition_decides_and_says_why(document: dict[str, Any], verdict: bool, why: str | None) -> None:
    is_met, reason = holds(parse_condition(document), event(DATA, severity=Severity.ERROR), UTC)
    assert is_met is verdict
    assert reason if why is None else reason == why


def test_no_condition_always_holds() -> None:
    assert holds(ALWAYS, event({}), UTC) == (True, "")


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"a..b": 1}, ("a..b",), "is not a path"),
        ({"a": {"ignore_case": True}}, ("a", "ignore_case"), "needs is, not, contains or matches"),
        ({"a": {"at_least": 1, "ignore_case": True}}, ("a", "ignore_case"), "needs is, not, contains or matches"),
        ({"a": {"is": "x", "ignore_case": "yes"}}, ("a", "ignore_case"), "true or false"),
        ({"a": {"atleast": 1}}, ("a", "atleast"), "unknown operator 'atleast'"),
        ({"a": {}}, ("a",), "expected an operator"),
        ({"a": None}, ("a",), "exists: false"),
        ({"a": []}, ("a",), "at least one value"),
        ({"a": {"not": [None]}}, ("a", "not"), "exists: false"),
        ({"a": [["x"]]}, ("a",), "expected a text"),
        ({"a": {"contains": [["x"]]}}, ("a", "contains"), "expected a text"),
        ({"a": {"matches": 3}}, ("a", "matches"), "takes a glob"),
        ({"a": {"exists": "true"}}, ("a", "exists"), "true or false"),
        ({"a": {"at_least": True}}, ("a", "at_least"), "a number or a date"),
        ({"a": {"at_least": "soon"}}, ("a", "at_least"), "a number or a date"),
        ({"a": {"at_least": "1_0"}}, ("a", "at_least"), "a number or a date"),
        ({"a": {"at_least": "nan"}}, ("a", "at_least"), "a number or a date"),
        ({"event.severity": {"at_least": 3}}, ("event.severity", "at_least"), "takes a severity"),
        ({"any_of": {}}, ("any_of",), "list of conditions"),
        ({"any_of": []}, ("any_of",), "list of conditions"),
        ({"none_of": ["x"]}, ("none_of", 0), "expected a condition"),
        ({"none_of": [{"a": 1}, {"any_of": [{"b": {"are": 1}}]}]}, ("none_of", 1, "any_of", 0, "b", "are"), "unknown"),
    ],
)
def test_a_wrong_condition_names_its_place(document: dict[str, Any], path: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ConditionError, match=message) as caught:
        parse_condition(document)
    assert caught.value.path == path


def test_all_paths_are_named() -> None:
    document = {"a.b": 1, "any_of": [{"c": 1, "none_of": [{"d": {"exists": True}}]}], "none_of": [{"event.id": "x"}]}
    assert paths_of(parse_condition(document)) == {("a", "b"), ("c",), ("d",), ("event", "id")}


def test_a_reason_quotes_little_and_prints_safely() -> None:
    _, why = holds(parse_condition({"x": "y"}), event({"x": "\x1b[31m\u202eevil\n" + "a" * 300_000}), UTC)
    assert why.isprintable()
    assert len(why) < MAX_SHOWN + 40


def test_a_glob_looks_at_the_beginning_only() -> None:
    is_met, _ = holds(parse_condition({"x": {"matches": "*a*a*a*a*b"}}), event({"x": "a" * 200_000 + "b"}), UTC)
    assert not is_met


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("xyz"), below, max_size=3),
    max_leaves=8,
)
SCALARS = st.booleans() | st.integers() | st.text() | st.sampled_from(["3", "2026-11-24", "1e99999999999999999999"])


@given(
    value=JSON | SCALARS,
    operator=st.sampled_from(["not", "at_least", "at_most", "above", "below", "contains", "matches", "exists"]),
    operand=SCALARS,
)
def test_any_value_gets_a_verdict(value: Any, operator: str, operand: Any) -> None:
    try:
        condition = parse_condition({"x": {operator: operand}})
    except ConditionError:
        return
    is_met, why = holds(condition, event({"x": value}), UTC)
    assert isinstance(is_met, bool)
    assert why.isprintable()
