"""Slips in the catalogue's time: one line each, at the right place, saying what would be right."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from tests import builders
from tests.timed_catalogue import ROUTES, catalog

BEFORE = "before: [1h, 15m]"


def problems(*changes: tuple[str, str]) -> list[str]:
    """What is said of the catalogue when *changes* (old text, new text) are made to it."""
    text = catalog()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    try:
        builders.config(ROUTES, text)
    except ConfigInvalid as exc:
        return [str(problem).partition(" ")[2] for problem in exc.problems]
    return []


def test_the_catalogue_is_right() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "from: ticket.due_set",
            "from: ticket.due_sat",
            (
                "events.ticket.due_soon.timer.from: unknown event type or notification 'ticket.due_sat'"
                " - did you mean 'ticket.due_set'?"
            ),
        ),
        (
            "ticket.changed.resolved",
            "ticket.changed.resolvd",
            (
                "events.ticket.due_soon.timer.cancel_on: unknown event type or notification 'ticket.changed.resolvd'"
                " - did you mean 'ticket.changed.resolved'?"
            ),
        ),
        (
            "from: ticket.due_set",
            "from: [ticket.due_set, ticket.due_soon]",
            "events.ticket.due_soon.timer.from[1]: an event type cannot be made of its own events",
        ),
        (
            "at: ticket.due_at",
            "at: ticket.due",
            (
                "events.ticket.due_soon.timer.at: no such field in the data of ticket.due_set: 'ticket.due'"
                " - did you mean 'ticket.due_at'?"
            ),
        ),
        (
            "at: ticket.due_at",
            "at: ticket.id",
            "events.ticket.due_soon.timer.at: ticket.id in the data of ticket.due_set is no date or time",
        ),
        (
            "key: sla.name",
            "key: sla.nam",
            "events.sla.breached.timer.key: no such field in the data of sla.set: 'sla.nam' - did you mean 'sla.name'?",
        ),
        (
            BEFORE,
            "before: 1hour",
            "events.ticket.due_soon.timer.before: '1hour': expected a duration like 90s, 15m, 2h or 7d",
        ),
        (BEFORE, "before: [1h, 60m]", "events.ticket.due_soon.timer.before[1]: '60m' is as long as '1h' - remove one"),
        (
            BEFORE,
            "before: [1d, 24h]\n      lead: ticket.id",
            (
                "events.ticket.due_soon.timer.before[1]: '24h' is not in days, as the data at `lead` says it"
                " - write 1d, or remove `lead`"
            ),
        ),
        (BEFORE, "befor: 1h", "events.ticket.due_soon.timer.befor: unknown key 'befor' - did you mean 'before'?"),
        (
            "value: credits.remaining",
            "value: credits.left",
            "events.credits.low.threshold.value: no such field in the data of credits.changed: 'credits.left'",
        ),
        ("above: 0", "above: 15", "events.credits.low.threshold.above: no value is above 15 and at most 15"),
        (
            "into: alerts",
            "into: stale",
            "events.alert.stale.rollup.into: no such field in the event's data: 'stale'",
        ),
        (
            'daily_at: "08:00"',
            "daily_at: 8am",
            "events.alert.stale.rollup.daily_at: '8am': expected a time of day in quotes, like \"09:00\"",
        ),
        (
            "delay: 5m, ",
            "",
            "events.invoice.created.notifications.any.cancel_on: 'cancel_on' needs 'delay'",
        ),
        (
            "from: alert.created, item",
            "from: credits.changed, item",
            "events.alert.stale.rollup.from: credits.changed does not say what it is about: its subject is missing",
        ),
        (
            "from: credits.changed, value: credits.remaining, at_most: 15",
            "from: alert.created, value: alert.id, at_most: 15",
            "events.credits.low.threshold.from: the example of alert.created makes no such event: 'credits' is missing",
        ),
        (
            "    fact: true\n    category: desk\n    title: Ticket got a due date",
            "    fact: true\n    people: {mine: ticket.assignee}\n    category: desk\n    title: Ticket got a due date",
            (
                "events.ticket.due_set.people: 'people' is no good name: expected a key of a fact,"
                " which tells nobody anything by itself"
            ),
        ),
        (
            "cancel_on: invoice.voided",
            "cancel_on: alert.resolved",
            (
                "events.invoice.voided: this fact feeds nothing"
                " - name it in `from`, `cancel_on` or `update_on` of an event type"
            ),
        ),
    ],
)
def test_one_slip_is_one_line(old: str, new: str, said: str) -> None:
    changes = [(old, new)]
    if "alert.created, value" in new:  # data that the type needs
        properties = "properties: {credits: {type: object, properties: {remaining: {type: number}}}}}\n    message"
        changes.append((properties, f"required: [credits], {properties}"))
    found = problems(*changes)
    assert said in found, found
    assert len([one for one in found if one.startswith(said.partition(":")[0])]) == 1


def test_an_event_type_has_one_timing() -> None:
    more = "threshold: {from: credits.changed, value: credits.remaining, at_most: 3}\n    timer:"
    assert problems(("timer:", more)) == [
        "events.ticket.due_soon.threshold: the event type has a timer already - make two event types of it"
    ]
