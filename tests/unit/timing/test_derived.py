"""The data of the events that the gateway makes."""

from __future__ import annotations

from datetime import timedelta

from gateway.model import Lead, Rollup, Timer
from gateway.timing.derived import rollup_data, timer_data

TIMER = Timer((), ("card", "expires_at"), (Lead(days=30),), lead_into=("days_ahead",))


def test_the_made_event_knows_its_lead() -> None:
    assert timer_data(TIMER, {"card": {"id": 1}}, (), Lead(days=30)) == {"card": {"id": 1}, "days_ahead": 30}


def test_newer_data_counts_below_what_the_timer_knows() -> None:
    """Who is assigned now hears of it; who did the assigning has nothing to do with it."""
    data = {"ticket": {"id": 7, "assignee": "ana", "customer": {"name": "Keller", "tier": "gold"}}}
    updates = [
        {"ticket": {"assignee": "bob", "customer": {"tier": "silver"}}, "actor": "cara"},
        {"ticket": {"assignee": "dan"}},
    ]
    made = timer_data(Timer((), ("ticket", "due_at"), (Lead(),)), data, updates, Lead())
    assert made == {"ticket": {"id": 7, "assignee": "dan", "customer": {"name": "Keller", "tier": "silver"}}}
    assert data["ticket"]["assignee"] == "ana"


def test_a_rollup_has_its_items_where_the_type_says() -> None:
    rollup = Rollup((), ("alert",), ("stale", "alerts"), timedelta(), TIMER.time_of_day)
    assert rollup_data(rollup, [{"id": 1}]) == {"stale": {"alerts": [{"id": 1}]}}
