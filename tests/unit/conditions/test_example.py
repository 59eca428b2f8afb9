"""An example that meets a condition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.conditions.evaluate import holds
from gateway.conditions.example import fit_to_condition
from gateway.conditions.parse import Terms, parse_condition
from gateway.model import Event, Severity


@pytest.mark.parametrize(
    "when",
    [
        {"kind": "public"},
        {"ticket.kind": ["a", "b"]},
        {"tags": {"contains": "vip"}},
        {"days": {"at_least": 7}},
        {"days": {"above": 7, "below": 9}},
        {"new.deep.value": 3},
        {"kind": {"exists": False}},
        {"any_of": [{"kind": "x"}, {"days": 1}]},
    ],
)
def test_the_values_that_a_condition_asks_for_are_put_in(when: dict[str, Any]) -> None:
    condition = parse_condition(when, Terms())
    data = fit_to_condition({"kind": "private", "days": 30, "tags": ["a"], "ticket": {"kind": "c"}}, condition)
    event = Event("1", "t", "c", "s", None, datetime(2026, 1, 1, tzinfo=UTC), Severity.INFO, data)
    assert holds(condition, event, UTC) == (True, holds(condition, event, UTC)[1])
