"""Plans that are kept: never another one than the event would get by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.intake import plan_cache as module
from gateway.intake.plan_cache import Plans, decisive_paths
from gateway.model import Config
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.timing.reactions import react
from tests.support.builders import event
from tests.support.world import world

OTHERS = (None, True, 1, 1.0, "1", "Resolved", [], ["Closed", 1])


def changed(data: Any) -> Iterator[Any]:
    """*data* with one of its values, at any depth, replaced by another one or left out."""
    if not isinstance(data, dict):
        yield from OTHERS
        return
    for key, value in data.items():
        yield {name: one for name, one in data.items() if name != key}
        yield from ({**data, key: other} for other in changed(value))


def test_every_example_and_its_mutations_are_planned_as_by_themselves(shipped: Config) -> None:
    kept = Plans(shipped)
    for known in shipped.catalog.events.values():
        first = event(dict(known.example), known.name, category=known.category, severity=known.severity)
        for one in (first, replace(first, source="rmm"), *(replace(first, data=data) for data in changed(first.data))):
            found, alone = kept.of(one), plan(one, shipped)
            assert (found.plan, found.explanation) == (alone, to_document(alone)), one
            together = react(one, found.plan, shipped, one.time, found.reactions)
            assert together == react(one, alone, shipped, one.time), one


def test_events_that_are_decided_alike_share_a_plan() -> None:
    config = world("routes: [{name: r, notify: [ticket.changed.any], to: [noc]}]")
    kept = Plans(config)
    one, other = event({"ticket": {"id": 1}}), event({"ticket": {"id": 2}})
    assert kept.of(one) is kept.of(other)


def test_values_that_python_takes_for_equal_are_told_apart() -> None:
    route = "{name: r, notify: [ticket.changed.any], to: [noc], when: {ticket.id: 1}}"
    kept = Plans(world(f"routes: [{route}]"))
    numbers = (1, True, "1", 1.0, 2)
    counts = [len(kept.of(event({"ticket": {"id": one}})).plan.deliveries) for one in numbers]
    assert counts == [1, 0, 0, 1, 0]


def test_what_depends_on_more_than_the_event_is_planned_anew() -> None:
    config = world("routes: []")
    assert decisive_paths("gateway.trouble", config) is None


def test_only_so_many_plans_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    kept = Plans(world("routes: [{name: r, notify: [ticket.changed.any], to: [noc], when: {ticket.id: 1}}]"))
    first = kept.of(event({"ticket": {"id": 0}}))
    for number in (1, 2):
        kept.of(event({"ticket": {"id": number}}))
    again = kept.of(event({"ticket": {"id": 0}}))
    assert again is not first
    assert again.plan == first.plan
