"""Slips in the catalogue's time: one line each, at the right place, saying what would be right."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from gateway.model import Problem
from tests.support import builders
from tests.support.timed_catalogue import ROUTES, catalog

BEFORE = "before: [1h, 15m]"


def problems(*changes: tuple[str, str]) -> list[str]:
    """What is said of the catalogue when *changes* (old text, new text) are made to it."""
    text = catalog()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    try:
        found = builders.config(ROUTES, text).warnings
    except ConfigInvalid as exc:
        found = exc.problems
    return [str(problem).partition(" ")[2] for problem in found if "an event may lack" not in problem.message]


def errors(exc: ConfigInvalid) -> list[Problem]:
    return [problem for problem in exc.problems if problem.is_error]


def test_the_catalogue_of_these_tests_has_no_problems() -> None:
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
            "events.ticket.due_soon.timer.from[1]: an event type cannot be derived from its own events",
        ),
        (
            "at: ticket.due_at",
            "at: ticket.due",
            (
                "events.ticket.due_soon.timer.at: the data of ticket.due_set has no field 'ticket.due'"
                " - did you mean 'ticket.due_at'?"
            ),
        ),
        (
            "at: ticket.due_at",
            "at: ticket.id",
            "events.ticket.due_soon.timer.at: ticket.id in the data of ticket.due_set is not a date or time",
        ),
        (
            "key: sla.name",
            "key: sla.nam",
            "events.sla.breached.timer.key: the data of sla.set has no field 'sla.nam' - did you mean 'sla.name'?",
        ),
        (
            BEFORE,
            "before: 1hour",
            (
                "events.ticket.due_soon.timer.before: '1hour': expected a duration like 15m, 2h or 7d,"
                ' or working time like "4 working hours"'
            ),
        ),
        (
            BEFORE,
            "before: [1h, 60m]",
            "events.ticket.due_soon.timer.before[1]: '60m' is as long as '1h' - remove one of the two",
        ),
        (
            BEFORE,
            "before: [1d, 24h]\n      lead: ticket.id",
            (
                "events.ticket.due_soon.timer.before[1]: '24h' is not in days, but `lead` counts in days"
                " - write 1d, or remove `lead`"
            ),
        ),
        (BEFORE, "befor: 1h", "events.ticket.due_soon.timer.befor: unknown key 'befor' - did you mean 'before'?"),
        (
            "value: credits.remaining",
            "value: credits.left",
            "events.credits.low.threshold.value: the data of credits.changed has no field 'credits.left'",
        ),
        ("above: 0", "above: 15", "events.credits.low.threshold.above: no value is above 15 and at most 15"),
        (
            "into: alerts",
            "into: stale",
            "events.alert.stale.rollup.into: the event's data has no field 'stale'",
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
            "events.alert.stale.rollup.from: credits.changed has no `subject`, so the two events cannot be matched",
        ),
        (
            "    fact: true\n    category: desk\n    title: Ticket got a due date",
            "    fact: true\n    people: {mine: ticket.assignee}\n    category: desk\n    title: Ticket got a due date",
            "events.ticket.due_set.people: unexpected key 'people' - nobody is notified of a fact itself",
        ),
        (
            "from: ticket.due_set",
            "from: [ticket.due_set, ticket.due_set]",
            "events.ticket.due_soon.timer.from[1]: 'ticket.due_set' is already in `from` - remove one of the two",
        ),
        (
            "cancel_on: ticket.changed.resolved",
            "cancel_on: ticket.due_set",
            "events.ticket.due_soon.timer.cancel_on: 'ticket.due_set' is already in `from` - remove one of the two",
        ),
        (
            "at: ticket.due_at",
            "at: event.time",
            (
                "events.ticket.due_soon.timer.at: the data of ticket.due_set has no field 'event.time'"
                " - a path in this place starts in the event's data"
            ),
        ),
        (
            "at: ticket.due_at",
            "at: ticket.assignee",
            (
                "events.ticket.due_soon.timer.at: ticket.assignee in the data of ticket.due_set may be any text,"
                " not only a date or time - declare it with `format: date-time` or `format: date`"
            ),
        ),
        (
            "key: sla.name",
            "key: sla",
            "events.sla.breached.timer.key: sla in the data of sla.set is not a text or number",
        ),
        (
            'due_at: "2026-11-24T17:00:00-07:00"',
            "due_at: tomorrow",
            (
                "events.ticket.due_set.example.ticket.due_at: the example does not fit the schema: 'tomorrow': expected"
                " a date and time that exist, like 2026-11-24T17:00:00-07:00"
            ),
        ),
        (
            'due_at: "2026-11-24T17:00:00-07:00"',
            "due_at: null",
            (
                "events.ticket.due_soon.timer.at: no event that sets the timer has ticket.due_at in its example"
                " - add it to the example of ticket.due_set"
            ),
        ),
        (
            "title: Ticket is due\n    subject: ticket.id",
            "title: Ticket is due\n    subject: ticket.assignee",
            (
                "events.ticket.due_soon.timer.from: the subject of ticket.due_set is '7',"
                " and that of ticket.due_soon is 'ana' - give both the same subject"
            ),
        ),
        (
            "title: Credits are low\n",
            "title: Credits are low\n    subject: credits.remaining\n",
            (
                "events.credits.low.threshold.from: the subject of credits.changed is missing,"
                " and that of credits.low is '500' - give both the same subject"
            ),
        ),
        (
            BEFORE,
            "before: 999999999d",
            "events.ticket.due_soon.timer.before: '999999999d': expected a duration like 500ms, 90s, 15m, 2h or 7d",
        ),
        (
            BEFORE,
            "before: [1h, 1h]",
            "events.ticket.due_soon.timer.before[1]: '1h' is as long as '1h' - remove one of the two",
        ),
        (
            BEFORE,
            f"before: [{', '.join(f'{number}d' for number in range(21))}]",
            "events.ticket.due_soon.timer.before: expected at most 20 durations, got a list",
        ),
        (
            "older_than: 0s",
            "older_than: 999999999d",
            "events.alert.stale.rollup.older_than: '999999999d': expected a duration like 500ms, 90s, 15m, 2h or 7d",
        ),
        (
            "delay: 5m",
            "delay: 999999999d",
            (
                "events.invoice.created.notifications.any.delay: '999999999d':"
                " expected a duration like 500ms, 90s, 15m, 2h or 7d"
            ),
        ),
        (
            "into: alerts, ",
            "into: alerts.id, ",
            "events.alert.stale.rollup.into: alerts.id in the event's data is not a list",
        ),
        (
            "item: alert, ",
            "item: alert.id, ",
            (
                "events.alert.stale.rollup.from: the event derived from the example of alert.created is not valid:"
                " alerts.0: expected a map, got a whole number"
            ),
        ),
        (
            "delay: 5m, cancel_on: invoice.voided",
            "delay: 5m, cancel_on: [invoice.voided, credits.changed]",
            (
                "events.invoice.created.notifications.any.cancel_on[1]:"
                " credits.changed has no `subject`, so the two events cannot be matched"
            ),
        ),
        (
            "cancel_on: invoice.voided",
            "cancel_on: invoice.voided, update_on: invoice.voided",
            (
                "events.invoice.created.notifications.any.update_on:"
                " 'invoice.voided' is already in `cancel_on` - remove one of the two"
            ),
        ),
        (
            "delay: 5m, cancel_on: invoice.voided",
            "update_on: invoice.voided",
            "events.invoice.created.notifications.any.update_on: 'update_on' needs 'delay'",
        ),
        (
            "cancel_on: invoice.voided",
            "cancel_on: invoice.voided, update_on: invoice.created",
            (
                "events.invoice.created.notifications.any.update_on: an event has a message of its own, which is newer"
                " than the held one - name the type in `cancel_on`: then the newer message takes the place of the older"
                " one"
            ),
        ),
        (
            "cancel_on: invoice.voided",
            "cancel_on: alert.resolved",
            (
                "events.invoice.voided: warning: nothing uses the fact 'invoice.voided'"
                " - name it in `from`, `cancel_on` or `update_on` of an event type"
            ),
        ),
    ],
)
def test_one_slip_is_one_line(old: str, new: str, said: str) -> None:
    assert problems((old, new)) == [said]


def test_an_event_type_has_one_timing() -> None:
    more = "threshold: {from: credits.changed, value: credits.remaining, at_most: 3}\n    timer:"
    assert problems(("timer:", more)) == [
        "events.ticket.due_soon.threshold: the event type already has a timer - split it into two event types"
    ]


def test_an_example_that_feeds_a_type_makes_its_event() -> None:
    low = "threshold: {from: credits.changed, value: credits.remaining, at_most: 15, above: 0}"
    properties = "properties: {credits: {type: object, properties: {remaining: {type: number}}}}}\n    message"
    assert problems(
        (low, low.replace("from: credits.changed, value: credits.remaining", "from: alert.created, value: alert.id")),
        (properties, f"required: [credits], {properties}"),
    ) == [
        (
            "events.credits.low.threshold.from: the event derived from the example of alert.created is not valid:"
            " missing key 'credits'"
        )
    ]


def test_an_example_that_feeds_thresholds_has_their_value() -> None:
    wrong = "the example of credits.changed has no number at credits.remaining - add a number"
    assert problems(("example: {credits: {remaining: 500}}", "example: {credits: {}}")) == [
        f"events.credits.low.threshold.from: {wrong}",
        f"events.credits.out.threshold.from: {wrong}",
    ]


def test_a_message_shows_nothing_that_the_example_which_feeds_it_lacks() -> None:
    (said,) = problems(
        ('due_at: "2026-11-24T17:00:00-07:00", assignee: ana', 'due_at: "2026-11-24T17:00:00-07:00"'),
        ("{{ ticket.assignee | default('nobody') }}", "{{ ticket.assignee }}"),
    )
    assert said == (
        "events.ticket.due_soon.timer.from: the message shows 'ticket.assignee', which the example of ticket.due_set"
        " does not have - give it a default, or show it only if it exists"
    )


ROWS = """
  ticket.overdue:
    category: desk
    title: Ticket is due in days
    subject: ticket.id
    timer: {from: ticket.due_set, at: ticket.due_at, before: [30d, 7d, 0d], lead: days}
    data:
      type: object
      properties:
        days: {type: integer}
        ticket:
          {type: object, properties: {id: {type: integer}, due_at: {type: string, format: date-time}}}
    message: {title: "Ticket {{ ticket.id }}", body: "{{ days }}"}
    example: {ticket: {id: 7, due_at: "2026-11-24T17:00:00-07:00"}, days: 7}
    notifications:
      in_30_days: {title: In 30 days, when: {days: 30}}
      soon: {title: Soon, when: {days: {at_most: 7}}}
  invoice.voided:
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", None),
        (
            "days: 30",
            "days: 45",
            (
                "events.ticket.overdue.notifications.in_30_days.when.days: no event meets this condition:"
                " the timer fires 30 days before, 7 days before, at the moment itself"
            ),
        ),
        (
            "[30d, 7d, 0d]",
            "[30d, 14d, 7d]",
            (
                "events.ticket.overdue.timer.before[1]: warning: no notification is sent for '14d'"
                " - add one with `when: {days: 14}`, or remove it"
            ),
        ),
        (
            "[30d, 7d, 0d]",
            "[30d, 7d, 12h]",
            (
                "events.ticket.overdue.timer.before[2]: '12h' is not in days, but `lead` counts in days"
                " - write 1d, or remove `lead`"
            ),
        ),
    ],
)
def test_leads_and_the_notifications_that_ask_for_them_fit(old: str, new: str, said: str | None) -> None:
    rows = ROWS.replace(old, new, 1) if old else ROWS
    assert problems(("\n  invoice.voided:\n", rows)) == ([said] if said else [])


def test_a_fact_that_stands_below_and_has_no_usable_schema_is_one_problem() -> None:
    later = "\n  ticket.dated:\n    fact: true\n    category: desk\n    title: Date\n    subject: ticket.id\n"
    later += "    data: {type: object, properties: [ticket]}\n    example: {ticket: {id: 7}}\n  invoice.voided:\n"
    changes = [("from: ticket.due_set", "from: [ticket.due_set, ticket.dated]"), ("\n  invoice.voided:\n", later)]
    assert problems(*changes) == [
        "events.ticket.dated.data.properties: this is not a JSON Schema: expected a map, got a list"
    ]


def test_a_fact_may_be_marked_as_none() -> None:
    assert problems(("  ticket.assigned:\n", "  ticket.assigned:\n    fact: false\n")) == []


@pytest.mark.parametrize("pattern", ["ticket.due_set", "ticket.due_set.any", "ticket.due_set.*"])
def test_a_route_cannot_name_a_fact(pattern: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        builders.config(ROUTES.replace('"*.any"', f'"*.any", "{pattern}"'), catalog())
    (said,) = errors(caught.value)
    assert said.hint == "name a notification that it feeds: 'ticket.due_soon.*'"
    assert said.message == "'ticket.due_set' is a fact, which nobody is notified of"
