"""What the catalogue names of routes/: schedules that count working time, and lookups in messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import ConfigInvalid
from gateway.messages import templates
from gateway.model import Config, Plan, Timer
from gateway.timing.describe import why_it_fires
from gateway.timing.moments import before, describe_due
from gateway.timing.reactions import met_reactions, react
from tests.support import timed_catalogue
from tests.support.builders import CATALOG, config, event

DENVER = ZoneInfo("America/Denver")
ROUTES = """
timezone: America/Denver
schedules: {business-hours: {days: mon-fri, between: ["08:00", "18:00"]}}
lookups: {sites: {table: {7: Boise, "8": Denver}, default: an unknown site}, bare: {table: {"7": x}}}
channels: {noc: {service: inbox}}
fallback: {to: [noc]}
"""
MONDAY = datetime(2026, 11, 30, 16, 40, tzinfo=UTC)
"""09:40 in Denver."""


def timed_catalog(before: str, more: str) -> str:
    """The catalogue in which only `ticket.due_soon` has these keys: the SLA's timer keeps its own."""
    catalog = timed_catalogue.catalog(before="1h", held="2s")
    return catalog.replace("      before: 1h\n", f"      before: {before}\n      {more}\n", 1)


def timed(before: str, more: str = "working: business-hours") -> Config:
    return config(ROUTES, timed_catalog(before, more))


def refusal(routes: str, catalog: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config(routes, catalog)
    errors = [problem for problem in caught.value.problems if problem.is_error]
    return [f"{problem.path}: {problem.message} ({problem.hint})" for problem in errors]


def test_working_hours_before_a_moment_are_those_of_the_schedule() -> None:
    timer = timed("[4 working hours, 30 working minutes]").catalog.events["ticket.due_soon"].timing
    assert isinstance(timer, Timer)
    times = [before(MONDAY, lead, DENVER).astimezone(DENVER) for lead in timer.leads]
    assert [f"{time:%a %H:%M}" for time in times] == ["Fri 15:40", "Mon 09:10"]
    assert describe_due(MONDAY, timer.leads[0], DENVER) == (
        "4 working hours before by business-hours, on Fri 2026-11-27 15:40"
    )


def test_a_fact_is_explained_with_the_working_time_and_when_it_is_due() -> None:
    loaded = timed("4 working hours")
    fact = event({"ticket": {"id": 7, "due_at": MONDAY.isoformat()}}, "ticket.due_set", subject="7")
    days_before = MONDAY - timedelta(days=5)
    effects = react(fact, Plan((), ()), loaded, days_before, met_reactions(fact, loaded))
    assert [finding.why for finding in effects.findings] == [
        "ticket.due_at is 2026-11-30 09:40 MST: due 4 working hours before by business-hours, on Fri 2026-11-27 15:40"
    ]
    due = datetime(2026, 11, 27, 22, 40, tzinfo=UTC)
    assert why_it_fires("ticket.due_soon", MONDAY, due, loaded) == (
        "4 working hours before ticket.due_at (by business-hours), which is 2026-11-30 09:40 MST"
    )


def test_working_time_that_a_schedule_does_not_have_is_counted_like_any_other() -> None:
    schedules = 'schedules: {business-hours: {dates: "2020-01-01"}}'
    loaded = config(
        ROUTES.replace('schedules: {business-hours: {days: mon-fri, between: ["08:00", "18:00"]}}', schedules),
        timed_catalog("4 working hours", "working: business-hours"),
    )
    timer = loaded.catalog.events["ticket.due_soon"].timing
    assert isinstance(timer, Timer)
    assert before(MONDAY, timer.leads[0], DENVER) == datetime(2026, 11, 30, 12, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "more", "expected"),
    [
        (
            "4 working hours",
            "",
            (
                "events.ticket.due_soon.timer.before: '4 working hours' does not say by which schedule"
                " (name a schedule of routes/: `working: business-hours`)"
            ),
        ),
        (
            "4h",
            "working: business-hours",
            (
                "events.ticket.due_soon.timer.working: no `before` counts working time, so this schedule is not used"
                " (write `before: 4 working hours`, or remove `working`)"
            ),
        ),
        (
            "4 working hours",
            "working: busines-hours",
            "events.ticket.due_soon.timer.working: unknown schedule 'busines-hours' (did you mean 'business-hours'?)",
        ),
        (
            "[60 working minutes, 1 working hour]",
            "working: business-hours",
            (
                "events.ticket.due_soon.timer.before[1]: '1 working hour' is as long as '60 working minutes'"
                " (remove one of the two)"
            ),
        ),
        (
            "0 working hours",
            "working: business-hours",
            (
                "events.ticket.due_soon.timer.before: '0 working hours' is a duration of zero"
                " (write 0s for the moment itself)"
            ),
        ),
    ],
)
def test_working_time_that_means_nothing_is_refused(before: str, more: str, expected: str) -> None:
    assert refusal(ROUTES, timed_catalog(before, more)) == [expected]


def with_body(body: str) -> str:
    return CATALOG.replace("{{ ticket.subject | default('no subject') }}", body)


@pytest.mark.parametrize(
    ("body", "id", "expected"),
    [
        ("Site: {{ ticket.id | lookup('sites') }}", 7, "Site: Boise"),
        ("Site: {{ ticket.id | lookup('sites') }}", "8", "Site: Denver"),
        ("Site: {{ ticket.id | lookup('sites') }}", 9, "Site: an unknown site"),
        ("Site: {{ ticket.id | lookup('bare') }}", 9, "Site: (not given)"),
        ("Site: {{ ticket.id | lookup('bare') | default('none') | upper }}", 9, "Site: NONE"),
        ("Site: {{ ticket.subject | lookup('sites') }}", 9, "Site: an unknown site"),
    ],
)
def test_a_message_shows_the_entry_of_a_lookup(body: str, id: object, expected: str) -> None:
    loaded = config(ROUTES, with_body(body))
    template = loaded.catalog.events["ticket.changed"].message
    lookups = tuple(loaded.lookups.values())
    message = templates.render(template, event({"ticket": {"id": id}}), [], lookups=lookups)
    assert message.body.replace("\\", "") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "{{ ticket.id | lookup('site') }}",
            "events.ticket.changed.message.body: unknown lookup 'site' (did you mean 'sites'?)",
        ),
        (
            "{{ ticket.id | lookup(ticket.id) }}",
            (
                "events.ticket.changed.message.body: invalid template: lookup takes the name of a lookup in quotes:"
                " customer.id | lookup('sites') (None)"
            ),
        ),
        (
            "{{ ticket.id | lookup }}",
            (
                "events.ticket.changed.message.body: invalid template: lookup takes the name of a lookup in quotes:"
                " customer.id | lookup('sites') (None)"
            ),
        ),
    ],
)
def test_a_lookup_that_is_not_there_is_a_problem(body: str, expected: str) -> None:
    assert refusal(ROUTES, with_body(body)) == [expected]
