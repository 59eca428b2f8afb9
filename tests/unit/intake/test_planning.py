"""Plans that are kept: never another one than the event would get by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from gateway.intake import planning as module
from gateway.intake.planning import Planned, Plans, decisive_for
from gateway.model import Circumstances, Config, Event
from gateway.routing.plan import plan
from gateway.store.explanations import encode_explanation
from gateway.timing.reactions import react
from tests.support.builders import NOW, event
from tests.support.builders import config as build
from tests.support.world import world
from tests.unit.routing.test_mentions import MENTIONING
from tests.unit.routing.test_mentions import PEOPLE as MENTIONING_PEOPLE

OTHERS = (None, True, 1, 1.0, "1", "Resolved", [], ["Closed", 1])


def planned(plans: Plans, event: Event) -> Planned:
    return plans.of(event, Circumstances(NOW))


def changed(data: Any) -> Iterator[Any]:
    """*data* with one of its values, at any depth, replaced by another one or left out."""
    if not isinstance(data, dict):
        yield from OTHERS
        return
    for key, value in data.items():
        yield {name: value for name, value in data.items() if name != key}
        yield from ({**data, key: other} for other in changed(value))


def test_every_example_and_its_mutations_are_planned_as_by_themselves(shipped: Config) -> None:
    cache = Plans(shipped)
    for number, known in enumerate(shipped.catalog.events.values()):
        first = event(dict(known.example), known.name, category=known.category, severity=known.severity)
        # Many types share the data of a ticket: each type has other mutations of it.
        mutations = (replace(first, data=data) for data in islice(changed(first.data), number % 3, None, 3))
        for variant in (first, replace(first, source="rmm"), *mutations):
            shared, alone = planned(cache, variant), plan(variant, shipped)
            assert (shared.plan, shared.explanation) == (alone, encode_explanation(alone)), variant
            together = react(variant, shared.plan, shipped, variant.time, shared.reactions)
            assert together == react(variant, alone, shipped, variant.time), variant


def test_events_that_are_decided_alike_share_a_plan() -> None:
    config = world("routes: [{name: r, notify: [ticket.changed.any], to: [noc]}]")
    cache = Plans(config)
    first, second = event({"ticket": {"id": 1}}), event({"ticket": {"id": 2}})
    assert planned(cache, first).plan is planned(cache, second).plan


def test_customers_that_no_route_names_are_decided_alike() -> None:
    cache = Plans(world("routes: [{name: r, notify: [ticket.changed.any], to: [noc], when: {ticket.id: 1}}]"))
    plans = [planned(cache, event({"ticket": {"id": number}})).plan for number in (1, 2, 3)]
    assert plans[1] is plans[2]
    assert [len(made.deliveries) for made in plans] == [1, 0, 0]


def test_an_explanation_has_an_id_of_its_own_from_the_second_event_on() -> None:
    cache = Plans(world("routes: [{name: r, notify: [ticket.changed.any], to: [noc]}]"))
    first, second, third = (planned(cache, event({"ticket": {"id": number}})) for number in (1, 2, 3))
    assert first.explanation == second.explanation
    assert first.explanation_id is None
    assert second.explanation_id
    assert second is third


def test_values_that_python_takes_for_equal_are_told_apart() -> None:
    route = "{name: r, notify: [ticket.changed.any], to: [noc], when: {ticket.id: 1}}"
    cache = Plans(world(f"routes: [{route}]"))
    numbers = (1, True, "1", 1.0, 2)
    counts = [len(planned(cache, event({"ticket": {"id": number}})).plan.deliveries) for number in numbers]
    assert counts == [1, 0, 0, 1, 0]


def test_whom_a_text_mentions_decides_and_not_the_text() -> None:
    config = build(MENTIONING_PEOPLE, MENTIONING)
    cache = Plans(config)

    def planned_for(note: str) -> Planned:
        return planned(cache, event({"ticket": {"id": 7}, "note": note}))

    assert planned_for("it works").plan is planned_for("it does not work: mail tom@example.com").plan
    assert planned_for("@ana please").plan is planned_for("please, @Ana").plan
    mentioned = [[one.target for one in planned_for(note).plan.deliveries] for note in ("none", "@ana", "@ann")]
    assert mentioned == [[], ["ana/inbox", "noc"], ["ann/inbox", "noc"]]


def test_what_depends_on_more_than_the_event_is_planned_anew() -> None:
    config = world("routes: []")
    assert decisive_for("gateway.trouble", config) is None


def test_only_so_many_plans_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    cache = Plans(world("routes: [{name: r, notify: [ticket.changed.any], to: [noc], when: {ticket.id: [0, 1, 2]}}]"))
    first = planned(cache, event({"ticket": {"id": 0}}))
    for number in (1, 2):
        planned(cache, event({"ticket": {"id": number}}))
    again = planned(cache, event({"ticket": {"id": 0}}))
    assert again.plan is not first.plan
    assert again.plan == first.plan
