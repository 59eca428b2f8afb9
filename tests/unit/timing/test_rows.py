"""All timed rows of the shipped catalogue at frozen times: what facts lead to, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.model import Config, Event, Rollup, Timer
from gateway.routing.match import match
from gateway.routing.plan import plan
from gateway.timing.derived import derive_event, timer_data
from gateway.timing.moments import decide, first_look, next_daily
from gateway.timing.operations import AddToRollup, CancelTimer, Drop, RemoveFromRollup, ReportThreshold, SetTimer
from gateway.timing.reactions import react
from gateway.timing.thresholds import Side
from tests.support.shipped_config import shipped_config

ZONE = "America/Denver"
"""Its clocks go forward on 2026-03-08 at two and back on 2026-11-01 at two."""
CONFIG = replace(shipped_config(), timezone=ZONE)
NEVER: list[str] = []


def fact(type: str, data: dict[str, Any], now: datetime) -> Event:
    event_type = CONFIG.catalog.events[type]
    return Event("e", type, event_type.category, "psa", "1", now, event_type.severity, data)


def steps(type: str, data: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    """What an event does to time, apart from what only updates timers that are set."""
    event = fact(type, data, now)
    return react(event, plan(event, CONFIG), CONFIG, now).steps


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def rows_of(event: Event, config: Config) -> list[str]:
    """The notifications that apply to an event."""
    event_type = config.catalog.events[event.type]
    return [one.notification.id for one in match(event, event_type, config, []).notifications]


def told(step: SetTimer, data: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """(local time, notification) of all that a timer tells that is set *now*, as a dispatcher would see it."""
    event_type = CONFIG.catalog.events[step.event_type]
    timer = event_type.timing
    assert isinstance(timer, Timer)
    zone = ZoneInfo(ZONE)
    look: datetime | None = max(now, first_look(step.at, timer.leads, zone))
    looked = None
    while look is not None:
        decision = decide(step.at, timer.leads, looked, look, zone)
        if decision.lead is not None:
            made = derive_event(event_type, "psa", "1", timer_data(timer, data, decision.lead), look, "m")
            for row in rows_of(made, CONFIG):
                yield f"{look.astimezone(zone):%Y-%m-%d %H:%M}", row
        looked, look = look, decision.next


TICKET = {"id": 1, "number": 1, "subject": "x", "assignee": "ana@example.com", "subscribers": ["bob@example.com"]}
CARD = {"customer": {"id": 1, "name": "K"}}
BAKERY = {"id": 1, "name": "Bluebird Bakery"}
ASSET = {"asset": {"id": 1, "name": "PC"}}
DUE_ROWS = ["ticket.due_soon.any", "ticket.due_soon.mine", "ticket.due_soon.subscribed"]
SOON_ROWS = ["sla.breaching_soon.any", "sla.breaching_soon.mine", "sla.breaching_soon.subscribed"]
BREACH_ROWS = ["sla.breached.any", "sla.breached.mine", "sla.breached.subscribed"]


def at(time: str, *rows: str) -> list[str]:
    return [f"{time} {row}" for row in rows]


@pytest.mark.parametrize(
    ("type", "data", "now", "expected"),
    [
        # rows 102-104: 15 min before a ticket is due
        ("ticket.due_set", {"ticket": {**TICKET, "due_at": "2026-11-24T17:00:00-07:00"}}, "2026-11-20T08:00:00Z",
         at("2026-11-24 16:45", *DUE_ROWS)),
        ("ticket.created", {"ticket": {**TICKET, "due_at": "2026-11-24T17:00:00-07:00"}}, "2026-11-25T00:00:00Z",
         at("2026-11-24 17:00", *NEVER)),
        ("ticket.due_set", {"ticket": {**TICKET, "due_at": "2026-11-24T17:00:00-07:00"}}, "2026-11-24T16:52:00-07:00",
         at("2026-11-24 16:52", *DUE_ROWS)),  # inside the window: at once, once
        ("ticket.due_set", {"ticket": {**TICKET, "due_at": "2026-11-01T01:10:00-06:00"}}, "2026-10-30T00:00:00Z",
         at("2026-11-01 00:55", *DUE_ROWS)),  # the hour that comes twice: the first
        ("ticket.due_set", {"ticket": {**TICKET, "due_at": "2026-03-08T03:10:00-06:00"}}, "2026-03-07T00:00:00Z",
         at("2026-03-08 01:55", *DUE_ROWS)),  # 15 min before, over the hour that is skipped
        # rows 7 and 71: an hour before
        ("appointment.created",
         {"appointment": {"id": 1, "title": "x", "starts_at": "2026-11-24T14:00:00-07:00", "owner": "ana@example.com"}},
         "2026-11-20T08:00:00Z", at("2026-11-24 13:00", "appointment.due_soon.mine")),
        ("appointment.rescheduled",
         {"appointment": {"id": 1, "title": "x", "starts_at": "2026-11-24T14:00:00-07:00", "owner": "ana@example.com"}},
         "2026-11-24T13:30:00-07:00", at("2026-11-24 13:30", "appointment.due_soon.mine")),
        ("reminder.set",
         {"reminder": {"id": 1, "text": "x", "due_at": "2026-03-08T03:30:00-06:00", "owner": "ana@example.com"}},
         "2026-03-01T00:00:00Z", at("2026-03-08 01:30", "reminder.due_soon.mine")),
        # rows 12, 13: 30 and 7 days before an asset's date, at nine
        ("asset.date_set", {**ASSET, "date_field": {"name": "Warranty", "date": "2026-12-23"}}, "2026-10-01T00:00:00Z",
         [*at("2026-11-23 09:00", "asset.date_approaching.in_30_days"),
          *at("2026-12-16 09:00", "asset.date_approaching.in_7_days")]),
        ("asset.date_set", {**ASSET, "date_field": {"name": "Warranty", "date": "2026-03-10"}}, "2026-01-01T00:00:00Z",
         [*at("2026-02-08 09:00", "asset.date_approaching.in_30_days"),
          *at("2026-03-03 09:00", "asset.date_approaching.in_7_days")]),  # the clocks change between, nine stays nine
        ("asset.date_set", {**ASSET, "date_field": {"name": "Warranty", "date": "2028-03-30"}}, "2028-01-01T00:00:00Z",
         [*at("2028-02-29 09:00", "asset.date_approaching.in_30_days"),  # leap day
          *at("2028-03-23 09:00", "asset.date_approaching.in_7_days")]),
        ("asset.date_set", {**ASSET, "date_field": {"name": "Warranty", "date": "2026-11-24"}}, "2026-11-23T17:00:00Z",
         at("2026-11-23 10:00", "asset.date_approaching.in_7_days")),  # inside both windows: the tightest
        # rows 49-51: 60, 30, 15 days before a card expires; over the end of October's clock
        ("payment.card_stored", {**CARD, "card": {"id": "c", "last4": "1", "expires_at": "2026-11-30"}},
         "2026-01-01T00:00:00Z",
         [*at("2026-10-01 09:00", "payment.card_expiring.in_60_days"),
          *at("2026-10-31 09:00", "payment.card_expiring.in_30_days"),
          *at("2026-11-15 09:00", "payment.card_expiring.in_15_days")]),
        ("payment.card_updated", {**CARD, "card": {"id": "c", "last4": "1", "expires_at": "2027-02-28"}},
         "2027-01-20T00:00:00Z",
         [*at("2027-01-19 17:00", "payment.card_expiring.in_60_days"),
          *at("2027-01-29 09:00", "payment.card_expiring.in_30_days"),
          *at("2027-02-13 09:00", "payment.card_expiring.in_15_days")]),
        # rows 58, 59: at the due date of a purchase order
        ("purchase_order.due_set",
         {"purchase_order": {"id": 1, "number": 1, "due_at": "2026-11-20T17:00:00-07:00", "owner": "bob@example.com"}},
         "2026-11-01T00:00:00Z",
         at("2026-11-20 17:00", "purchase_order.past_due.any", "purchase_order.past_due.mine")),
        ("purchase_order.due_set",
         {"purchase_order": {"id": 1, "number": 1, "due_at": "2026-11-20T17:00:00-07:00"}}, "2026-11-23T17:00:00Z",
         at("2026-11-23 10:00", "purchase_order.past_due.any")),  # it is past due already
        # rows 73-78: SLA breaching soon (an hour and a quarter before) and breached
        ("sla.deadline_set", {"ticket": TICKET, "sla": {"name": "s", "deadline": "2026-11-01T03:00:00-07:00"}},
         "2026-10-01T00:00:00Z",
         [*at("2026-11-01 02:00", *SOON_ROWS), *at("2026-11-01 02:45", *SOON_ROWS),
          *at("2026-11-01 03:00", *BREACH_ROWS)]),
        ("sla.deadline_set", {"ticket": TICKET, "sla": {"name": "s", "deadline": "2026-11-24T12:00:00Z"}},
         "2026-11-24T13:00:00Z", at("2026-11-24 06:00", *BREACH_ROWS)),  # late: breached, and not "soon"
    ],
)  # fmt: skip
def test_each_timer_fires_at_the_time_of_its_row(
    type: str, data: dict[str, Any], now: str, expected: list[str]
) -> None:
    moment = utc(now)
    found = sorted(
        pair for step in steps(type, data, moment) if isinstance(step, SetTimer) for pair in told(step, data, moment)
    )
    assert [f"{time} {row}" for time, row in found] == sorted(expected)


@pytest.mark.parametrize(
    ("type", "data", "value", "row"),
    [
        ("admin.sms_credits_changed", {"credits": {"remaining": 16}}, None, ""),
        ("admin.sms_credits_changed", {"credits": {"remaining": 15}}, 15, "admin.sms_credits_low"),
        ("admin.sms_credits_changed", {"credits": {"remaining": 0}}, 0, "admin.sms_credits_exhausted"),
        ("admin.snail_mail_credits_changed", {"credits": {"remaining": 10}}, 10, "admin.snail_mail_credits_low"),
        ("admin.snail_mail_credits_changed", {"credits": {"remaining": 0}}, 0, "admin.snail_mail_credits_exhausted"),
        ("customer.prepay_changed", {"customer": BAKERY, "prepay": {"hours": 0}}, 0, "customer.prepay_exhausted"),
        ("customer.prepay_changed", {"customer": BAKERY, "prepay": {"hours": 0.25}}, None, ""),
    ],
)  # fmt: skip
def test_each_threshold_fires_at_the_bound_of_its_row(
    type: str, data: dict[str, Any], value: float | None, row: str
) -> None:
    crossed = [one.event_type for one in steps(type, data, utc("2026-11-23T12:00:00Z")) if one.side is Side.CROSSED]
    assert all(isinstance(one, ReportThreshold) for one in steps(type, data, utc("2026-11-23T12:00:00Z")))
    assert crossed == ([] if value is None else [row])


def test_the_row_of_the_rollup() -> None:
    """Row 61: at eight o'clock, whichever clock counts; resolved by itself or by somebody, it is off the list."""
    alert = {"alert": {"id": 1, "description": "Disk full"}}
    rollup = CONFIG.catalog.events["rmm_alert.stale"].timing
    assert isinstance(rollup, Rollup)
    (opened,) = steps("rmm_alert.created", alert, utc("2026-03-07T20:00:00Z"))
    assert isinstance(opened, AddToRollup)
    assert (opened.item, opened.next_look) == (alert["alert"], utc("2026-03-08T14:00:00Z"))
    assert next_daily(utc("2026-10-31T20:00:00Z"), rollup.daily_at, ZoneInfo(ZONE)) == utc("2026-11-01T15:00:00Z")
    for type in ("rmm_alert.auto_resolved", "rmm_alert.resolved"):
        assert steps(type, alert, utc("2026-11-23T12:00:00Z")) == (RemoveFromRollup("rmm_alert.stale", "1"),)


def test_the_row_of_the_delay() -> None:
    """Row 39: five minutes, and nothing when the invoice is voided before."""
    (row,) = CONFIG.catalog.events["invoice.created"].notifications
    assert row.delay
    assert row.delay.wait == timedelta(minutes=5)
    invoice = {"invoice": {"id": 1, "number": 1}}
    assert steps("invoice.voided", invoice, utc("2026-11-23T12:00:00Z")) == (Drop("invoice.created.any", "1"),)


@pytest.mark.parametrize(
    ("type", "data", "cancelled"),
    [
        ("ticket.status_changed", {"ticket": TICKET, "status": {"from": "New", "to": "Resolved"}},
         {("sla.breached", None), ("sla.breaching_soon", None), ("ticket.due_soon", None)}),
        ("ticket.status_changed", {"ticket": TICKET, "status": {"from": "New", "to": "Waiting"}}, set()),
        ("ticket.deleted", {"ticket": TICKET},
         {("sla.breached", None), ("sla.breaching_soon", None), ("ticket.due_soon", None)}),
        ("ticket.due_set", {"ticket": {**TICKET, "due_at": None}}, {("ticket.due_soon", ())}),
        ("sla.met", {"ticket": TICKET, "sla": {"name": "s"}},
         {("sla.breached", ("s", "")), ("sla.breaching_soon", ("s", ""))}),
        ("appointment.cancelled", {"appointment": {"id": 1}}, {("appointment.due_soon", None)}),
        ("reminder.done", {"reminder": {"id": 1}}, {("reminder.due_soon", None)}),
        ("purchase_order.received", {"purchase_order": {"id": 1}}, {("purchase_order.past_due", None)}),
        ("payment.card_removed", {"card": {"id": 1}}, {("payment.card_expiring", None)}),
        ("asset.date_set", {**ASSET, "date_field": {"name": "Warranty", "date": None}},
         {("asset.date_approaching", ("Warranty",))}),
    ],
)  # fmt: skip
def test_an_event_cancels_the_timers_that_its_row_names(
    type: str, data: dict[str, Any], cancelled: set[tuple[str, Any]]
) -> None:
    found = steps(type, data, utc("2026-11-23T12:00:00Z"))
    assert {(one.event_type, one.keys) for one in found if isinstance(one, CancelTimer)} == cancelled
