"""The whole explanation: what was kept when the event was decided, and what the rules say when somebody asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given

from gateway.config.routes.build import by_notification
from gateway.model import ALWAYS, Circumstances, Comparison, Condition, Config, Operator, Place, Recipient, Route
from gateway.routing import why_not
from gateway.routing.explain import sentences, to_document
from gateway.routing.plan import plan
from gateway.routing.why_not import complete, rules_of
from tests.support.any_routes import BASE, DATA, routes, with_routes
from tests.support.builders import NOW, event
from tests.support.schedules import schedule
from tests.support.world import world

MANY = "routes:\n" + "".join(
    f"  - {{name: c{number}, notify: [ticket.changed.any], to: [noc], when: {{ticket.id: {number}}}}}\n"
    for number in range(300)
)


def test_what_is_kept_does_not_grow_with_the_routes_that_do_not_fire() -> None:
    stored = plan(event({"ticket": {"id": 7}}), world(MANY)).findings
    assert [(finding.kind, finding.name) for finding in stored] == [
        ("notification", "ticket.changed.any"),
        ("route", "c7"),
        ("target", "noc"),
    ]


def test_whoever_asks_gets_the_reason_of_each_that_is_listed_and_the_number_of_the_others() -> None:
    config, posted = world(MANY), event({"ticket": {"id": 7}})
    story = complete(posted, plan(posted, config).findings, rules_of(config))
    silent = [finding for finding in story.findings if finding.kind == "route" and not finding.holds]
    assert len(silent) == why_not.MAX_LISTED
    assert silent[0].why == "ticket.id is 7, not 0"
    assert story.notes == ("199 more routes do not fire; ask for one of them by its name",)
    assert [finding.name for finding in story.findings if finding.kind == "target"] == ["noc"]


def test_one_route_is_explained_by_its_name() -> None:
    config, posted = world(MANY), event({"ticket": {"id": 7}})
    stored = plan(posted, config).findings

    def asked(route: str) -> list[str]:
        story = complete(posted, stored, rules_of(config), route)
        return sentences(to_document(story.findings, story.notes, is_fallback=False))[6:]

    assert asked("c299") == [
        "  route c299 does not fire for ticket.changed.any: ticket.id is 7, not 299 [routes/routes.yaml:301]"
    ]
    assert asked("c7") == [
        "  route c7 fires for ticket.changed.any: ticket.id is 7 [routes/routes.yaml:9]",
        "    noc gets the message: route c7",
    ]
    assert asked("c29X") == ["(no route 'c29X' names a notification that applies to this event: did you mean 'c29'?)"]
    assert asked("keller") == ["(no route 'keller' names a notification that applies to this event)"]


def during_nights(config: Config, when: Condition) -> Config:
    nights = schedule("22:00-06:00", name="nights")
    place = Place("routes.yaml", 1)
    to = (Recipient("channel", "noc"),)
    watch = Route("watch", place, frozenset({"ticket.changed.any"}), to, when=when, during=(nights,))
    return replace(config, routes=(watch,), routes_by_notification=by_notification([watch]))


def test_what_a_schedule_kept_from_firing_is_kept_with_its_state() -> None:
    config = during_nights(BASE, ALWAYS)
    stored = plan(event({"ticket": {"id": 7}}), config, Circumstances(NOW)).findings
    (finding,) = (finding for finding in stored if finding.kind == "route")
    assert not finding.holds
    assert finding.why.startswith("outside nights: 08:00 MST")


def test_a_condition_that_is_not_met_is_the_reason_whatever_the_schedule_says() -> None:
    urgent = Condition((Comparison(("ticket", "priority"), Operator.IS, ("urgent",)),))
    config, posted = during_nights(BASE, urgent), event({"ticket": {"id": 7, "priority": "low"}})
    stored = plan(posted, config, Circumstances(NOW)).findings
    assert not any(finding.kind == "route" for finding in stored)
    story = complete(posted, stored, rules_of(config))
    assert [finding.why for finding in story.findings if finding.kind == "route"] == [
        "ticket.priority is 'low', not 'urgent'"
    ]


def test_a_condition_that_asks_a_schedule_is_explained_from_what_is_kept() -> None:
    night = Condition((Comparison(("event", "time"), Operator.DURING, schedule("22:00-06:00", name="nights")),))
    config = during_nights(BASE, night)
    stored = plan(event({"ticket": {"id": 7}}), config, Circumstances(NOW)).findings
    assert [finding.holds for finding in stored if finding.kind == "route"] == [False]


def test_what_was_not_planned_is_not_explained_by_rules() -> None:
    """An event that the gateway had sent already has one finding, and no notification was asked for it."""
    posted = event({"ticket": {"id": 7}})
    sent = plan(posted, BASE).findings[:0]
    assert complete(posted, sent, rules_of(BASE)).findings == ()


@given(routes(), DATA)
def test_nothing_that_is_kept_is_lost_or_moved(routes: list[Route], data: dict[str, Any]) -> None:
    config, posted = with_routes(BASE, routes), event(data)
    stored = plan(posted, config).findings
    story = complete(posted, stored, rules_of(config)).findings
    assert [finding for finding in story if finding in set(stored)] == list(stored)
    assert all(not finding.holds for finding in story if finding not in set(stored))
