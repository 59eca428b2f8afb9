"""The data of the events that the gateway derives."""

from __future__ import annotations

from datetime import timedelta

from gateway.model import Lead, Rollup, Timer
from gateway.timing.derived import rollup_data, timer_data

TIMER = Timer((), ("card", "expires_at"), (Lead(days=30),), lead_into=("days_ahead",))


def test_the_derived_event_knows_its_lead() -> None:
    assert timer_data(TIMER, {"card": {"id": 1}}, Lead(days=30)) == {"card": {"id": 1}, "days_ahead": 30}


def test_a_rollup_has_its_items_where_the_type_says() -> None:
    rollup = Rollup((), ("alert",), ("stale", "alerts"), timedelta(), TIMER.time_of_day)
    assert rollup_data(rollup, [{"id": 1}]) == {"stale": {"alerts": [{"id": 1}]}}
