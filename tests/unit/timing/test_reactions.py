"""What events do to time, and what they say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.encoding import digest
from gateway.model import Config, Event, Severity
from gateway.routing.plan import plan
from gateway.timing.operations import (
    AddToRollup,
    CancelTimer,
    Drop,
    FactScope,
    Hold,
    Occasion,
    Remember,
    RemoveFromRollup,
    ReportThreshold,
    SetTimer,
    UpdateTimer,
)
from gateway.timing.reactions import NO_EFFECTS, Effects, react
from gateway.timing.thresholds import Side
from tests.support import builders
from tests.support.timed_catalogue import ROUTES, catalog

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
DUE = "2026-11-24T17:00:00Z"
TICKET = FactScope("ticket.id", "7")


@pytest.fixture(scope="module")
def config() -> Config:
    return builders.config(ROUTES, catalog())


def effects(config: Config, type: str, data: dict[str, Any], subject: str | None = "7") -> Effects:
    event = Event("e1", type, "desk", "psa", subject, NOW, Severity.INFO, data)
    found = react(event, plan(event, config), config, NOW)
    assert len(found.steps) == len(found.findings)
    return found


def test_a_date_sets_the_timer_and_says_when_it_fires(config: Config) -> None:
    data = {"ticket": {"id": 7, "due_at": DUE}}
    found = effects(config, "ticket.due_set", data)
    at = datetime(2026, 11, 24, 17, tzinfo=UTC)
    first = at - timedelta(hours=1)
    assert found.steps == (SetTimer("ticket.due_soon", "7", (), at, first, TICKET, ("ticket", "due_at")),)
    assert found.facts == (Remember(TICKET, {("ticket", "id"): 7, ("ticket", "due_at"): DUE}),)
    assert found.findings[0].why == "ticket.due_at is 2026-11-24 17:00 UTC: due 1 h before, 15 min before"


def test_a_date_that_has_passed_says_that_nothing_is_due(config: Config) -> None:
    found = effects(config, "ticket.due_set", {"ticket": {"id": 7, "due_at": "2026-11-20T17:00:00Z"}})
    assert found.findings[0].why == "ticket.due_at is 2026-11-20 17:00 UTC, which has passed: nothing is due"


@pytest.mark.parametrize("data", [{"ticket": {"id": 7, "due_at": None}}, {"ticket": None}])
def test_a_date_that_is_null_cancels_the_timer(config: Config, data: dict[str, Any]) -> None:
    (step,) = effects(config, "ticket.due_set", data).steps
    assert step == CancelTimer("ticket.due_soon", "7", (), TICKET, False, cleared_field=("ticket", "due_at"))


def test_a_date_that_is_not_said_leaves_the_timer_as_it_is(config: Config) -> None:
    found = effects(config, "ticket.due_set", {"ticket": {"id": 7, "assignee": "bob"}})
    assert found.steps == (UpdateTimer("ticket.due_soon", "7"),)
    assert found.facts == (Remember(TICKET, {("ticket", "id"): 7, ("ticket", "assignee"): "bob"}),)


def test_an_event_cancels_all_timers_of_its_subject_when_its_condition_holds(config: Config) -> None:
    found = effects(config, "ticket.changed", {"ticket": {"id": 7}, "status": "Resolved"})
    assert found.steps == (
        CancelTimer("ticket.due_soon", "7", None, TICKET, False),
        CancelTimer("sla.breached", "7", None, TICKET, False),
    )
    assert effects(config, "ticket.changed", {"ticket": {"id": 7}, "status": "Open"}).steps == ()


def test_newer_data_goes_to_the_timer(config: Config) -> None:
    """What an event that updates says besides its subject is about itself: it is not remembered."""
    found = effects(config, "ticket.assigned", {"ticket": {"id": 7, "assignee": None}, "actor": "cara"})
    assert found.steps == (UpdateTimer("ticket.due_soon", "7"),)
    assert found.facts == (Remember(TICKET, {("ticket", "id"): 7, ("ticket", "assignee"): None}),)


def test_keys_tell_timers_of_one_subject_apart(config: Config) -> None:
    found = effects(config, "sla.set", {"ticket": {"id": 7}, "sla": {"name": "first response", "deadline": DUE}})
    assert isinstance(found.steps[0], SetTimer)
    assert found.steps[0].keys == ("first response",)


@pytest.mark.parametrize(
    ("remaining", "low", "out"),
    [(500, Side.ABOVE, Side.ABOVE), (15, Side.CROSSED, Side.ABOVE), (0, Side.BELOW, Side.CROSSED)],
)
def test_a_value_is_told_to_every_threshold(config: Config, remaining: int, low: Side, out: Side) -> None:
    data = {"credits": {"remaining": remaining}}
    assert effects(config, "credits.changed", data, None).steps == (
        ReportThreshold("credits.low", "", low, data),
        ReportThreshold("credits.out", "", out, data),
    )


def test_a_rollup_gathers_what_is_opened_until_it_is_closed(config: Config) -> None:
    alert = {"id": 1, "text": "Disk full"}
    next_look = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert effects(config, "alert.created", {"alert": alert}, "1").steps == (
        AddToRollup("alert.stale", "1", alert, NOW, next_look),
    )
    assert effects(config, "alert.resolved", {"alert": alert}, "1").steps == (RemoveFromRollup("alert.stale", "1"),)


def test_a_delayed_message_is_held_for_the_events_that_make_it_needless(config: Config) -> None:
    found = effects(config, "invoice.created", {"invoice": {"id": 1}}, "1")
    assert found.steps == (Hold("invoice.created.any", "1", 0, timedelta(minutes=5)),)
    assert found.findings[0].why == "noc gets it in 5 min, unless invoice.voided comes first"
    assert effects(config, "invoice.voided", {"invoice": {"id": 1}}, "1").steps == (Drop("invoice.created.any", "1"),)


@pytest.mark.parametrize(
    ("type", "data", "occasion"),
    [
        (
            "ticket.due_soon",
            {"ticket": {"id": 7, "due_at": "2026-11-23T15:14:00Z"}},
            Occasion("ticket.due_soon", "7", ("2026-11-23T15:14:00Z", "15 min before")),
        ),
        ("ticket.due_soon", {"ticket": {"id": 7}}, None),
        ("credits.low", {"credits": {"remaining": 15}}, Occasion("credits.low", "7", (), is_threshold=True)),
        ("alert.stale", {"alerts": []}, Occasion("alert.stale", "", ("2026-11-23", digest()))),
    ],
)
def test_a_timed_event_that_a_source_posts_is_known_by_its_occasion(
    config: Config, type: str, data: dict[str, Any], occasion: Occasion | None
) -> None:
    assert effects(config, type, data).occasion == occasion


def test_an_event_that_has_nothing_to_do_with_time_costs_nothing(config: Config) -> None:
    plain = builders.config("{}")
    event = builders.event({"ticket": {"id": 7}})
    assert react(event, plan(event, plain), plain, NOW) is NO_EFFECTS
