"""A condition is read as it was written, by people and by the ledger."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from gateway.conditions.evaluate import schedules_of, without_schedules
from gateway.conditions.parse import Terms, condition_document, parse_condition
from tests.support.any_conditions import CONDITIONS
from tests.support.schedules import schedule

NIGHTS = Terms({"nights": schedule("22:00-06:00", name="nights")})


@given(CONDITIONS)
def test_a_condition_that_was_written_down_is_read_as_the_same(document: dict[str, Any]) -> None:
    condition = parse_condition(document)
    assert parse_condition(condition_document(condition)) == condition


def test_a_condition_without_schedules_keeps_everything_else() -> None:
    night = {"event.time": {"during": "nights"}}
    document = {**night, "a": [1, "x"], "b": {"not": "y"}, "any_of": [{"c": 1}, night], "none_of": [{"d": 2}, night]}
    condition = parse_condition(document, NIGHTS)
    assert len(schedules_of(condition)) == 1
    rest = without_schedules(condition)
    assert condition_document(rest) == {"a": [1, "x"], "b": {"not": ["y"]}, "none_of": [{"d": [2]}]}
    assert schedules_of(rest) == set()
