"""Routes that fire only at certain times, and go to whoever is on call or to what a lookup has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config.routes.build import by_notification
from gateway.intake.planning import Plans
from gateway.model import (
    Circumstances,
    Comparison,
    Condition,
    Config,
    Lookup,
    Operator,
    Override,
    Plan,
    Recipient,
    Route,
    Window,
)
from gateway.routing.plan import plan
from tests.support.builders import event
from tests.support.schedules import DENVER, PLACE, layer, rotation, schedule, turn, wall
from tests.support.world import targets, whys, world

BUSINESS_HOURS = schedule("08:00-18:00", days="mon tue wed thu fri", name="business-hours")
ONCALL = rotation(layer("ana bob", turn("mon 09:00"), "2026-11-30 09:00"))
MANAGERS = Lookup("managers", PLACE, {"7": "noc", "8": "group:desk"})
RECIPIENTS = {"noc": Recipient("channel", "noc"), "group:desk": Recipient("group", "desk")}
FRIDAY_NOON, SATURDAY, MONDAY_TEN = "2026-11-27 12:00", "2026-11-28 12:00", "2026-11-30 10:00"


def configured(**route: Any) -> Config:
    """A configuration with one route of *route*, and a fallback."""
    config = world("routes: [{name: r, notify: [ticket.changed.any], to: [noc]}]\nfallback: {to: [wall]}")
    to = route.pop("to", (Recipient("channel", "noc"),))
    first = Route("r", PLACE, frozenset({"ticket.changed.any"}), to, **route)
    return replace(
        config,
        routes=(first,),
        routes_by_notification=by_notification([first]),
        schedules={"business-hours": BUSINESS_HOURS},
        rotations={"oncall": ONCALL},
        lookups={"managers": MANAGERS},
        recipients=RECIPIENTS,
    )


def at(now: str, config: Config, overrides: tuple[Override, ...] = (), **data: Any) -> Plan:
    circumstances = Circumstances(wall(now, DENVER), overrides={"oncall": overrides})
    return plan(event({"ticket": {"id": 7, **data}}), config, circumstances)


def test_a_route_fires_during_its_schedule_and_outside_it_the_fallback_may_speak() -> None:
    config = configured(during=(BUSINESS_HOURS,))
    assert targets(at(FRIDAY_NOON, config)) == ["noc"]
    assert whys(at(FRIDAY_NOON, config), "route")[0][2] == "inside business-hours (routes/when.yaml:1)"
    closed = at(SATURDAY, config)
    assert (targets(closed), closed.is_fallback) == (["wall"], True)
    assert whys(closed, "route") == [("r", False, "outside business-hours: Saturday (routes/when.yaml:1)")]


def test_not_during_is_the_opposite() -> None:
    config = configured(not_during=(BUSINESS_HOURS,))
    assert targets(at(SATURDAY, config)) == ["noc"]
    assert whys(at(FRIDAY_NOON, config), "route") == [
        ("r", False, "inside business-hours (routes/when.yaml:1), during which it does not fire")
    ]


def test_a_rotation_is_whoever_is_on_call_now_or_next() -> None:
    config = configured(to=(Recipient("rotation", "oncall"),))
    assert targets(at(MONDAY_TEN, config)) == ["ana/email"]
    assert ("rotation oncall", True, "ana is on call (regular turn)") in whys(at(MONDAY_TEN, config), "target")
    upcoming = configured(to=(Recipient("rotation", "oncall", is_next=True),))
    assert targets(at(MONDAY_TEN, upcoming)) == ["bob/sms"]


def test_an_override_made_while_the_gateway_runs_counts() -> None:
    config = configured(to=(Recipient("rotation", "oncall"),))
    override = Override(Window(wall(MONDAY_TEN, DENVER), wall("2026-11-30 11:00", DENVER)), person="bob")
    assert targets(at(MONDAY_TEN, config, (override,))) == ["bob/sms"]
    assert targets(at("2026-11-30 11:00", config, (override,))) == ["ana/email"]


def test_nobody_on_call_leaves_the_message_to_else_or_to_the_fallback() -> None:
    config = configured(to=(Recipient("rotation", "oncall", otherwise=(Recipient("channel", "noc"),)),))
    assert targets(at(FRIDAY_NOON, config)) == ["noc"], "the rotation starts on Monday"
    alone = at(FRIDAY_NOON, configured(to=(Recipient("rotation", "oncall"),)))
    assert targets(alone) == ["wall"]
    assert ("rotation oncall", False, "nobody is on call (no layer has anybody)") in whys(alone, "target")


def test_a_lookup_is_what_its_table_has_for_a_value_of_the_event_as_text() -> None:
    entry = Recipient("lookup", "managers", key=("ticket", "id"), otherwise=(Recipient("channel", "wall"),))
    config = configured(to=(entry,))
    assert targets(at(FRIDAY_NOON, config, id=7)) == ["noc"]
    assert targets(at(FRIDAY_NOON, config, id="8")) == ["ana/email", "bob/sms"]
    missing = at(FRIDAY_NOON, config, id=9)
    assert targets(missing) == ["wall"]
    assert ("lookup managers", False, "has no entry for ticket.id '9'") in whys(missing, "target")
    nowhere = at(FRIDAY_NOON, config, id=None)
    assert ("lookup managers", False, "has no entry for ticket.id missing") in whys(nowhere, "target")
    with_default = replace(config, lookups={"managers": replace(MANAGERS, default="noc")})
    assert targets(at(FRIDAY_NOON, with_default, id=9)) == ["noc"]


def test_a_condition_may_ask_whether_a_time_lies_in_a_schedule() -> None:
    when = Condition((Comparison(("ticket", "due"), Operator.DURING, BUSINESS_HOURS),))
    config = configured(when=when)
    assert targets(at(FRIDAY_NOON, config, due="2026-11-27T19:00:00Z")) == ["noc"]
    late = at(FRIDAY_NOON, config, due="2026-11-28T19:00:00Z")
    assert whys(late, "route") == [
        ("r", False, "ticket.due is '2026-11-28T19:00:00Z', outside business-hours: Saturday (routes/when.yaml:1)")
    ]
    assert targets(at(FRIDAY_NOON, config, due="soon")) == ["wall"]


def test_plans_are_shared_only_while_schedules_and_rotations_say_the_same() -> None:
    config = configured(during=(BUSINESS_HOURS,), to=(Recipient("rotation", "oncall"),))
    cache = Plans(config)
    ticket = event({"ticket": {"id": 7}})

    def planned(now: str) -> Plan:
        return cache.of(ticket, Circumstances(wall(now, DENVER))).plan

    assert planned("2026-11-30 10:00") is planned("2026-11-30 15:00")
    for now in ("2026-11-27 12:00", "2026-11-28 12:00", "2026-11-30 08:59", "2026-11-30 10:00", "2026-12-07 10:00"):
        assert planned(now) == plan(ticket, config, Circumstances(wall(now, DENVER)))


def test_an_override_for_somebody_who_was_removed_has_no_effect() -> None:
    """The ledger keeps overrides; the YAML may lose a person while one of theirs holds."""
    window = Window(wall("2026-11-30 09:00", DENVER), wall("2026-12-01 09:00", DENVER))
    config = configured(to=(Recipient("rotation", "oncall"),))
    changed = at(MONDAY_TEN, config, (Override(window, person="removed"),))
    assert targets(changed) == targets(at(MONDAY_TEN, config)) != []
