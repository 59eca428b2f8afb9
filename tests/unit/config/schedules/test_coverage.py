"""Warnings of the on-call plan: gaps, double shifts, schedules without a window, overrides that are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.config.schedules.coverage import check_coverage
from gateway.model import Config, DateRange, Rotation, Schedule
from tests.support.builders import config
from tests.support.schedules import DENVER, layer, override, rotation, schedule, turn, wall

NOW = wall("2026-11-26 12:00", DENVER)
MONDAYS = turn("mon 09:00")


def warnings(*rotations: Rotation, schedules: tuple[Schedule, ...] = ()) -> list[str]:
    plain: Config = config("timezone: America/Denver")
    configured = replace(
        plain,
        rotations={each.name: each for each in rotations},
        schedules={each.name: each for each in schedules},
    )
    return [str(problem) for problem in check_coverage(configured, NOW)]


def test_a_plan_without_gaps_has_no_warning() -> None:
    assert warnings(rotation(layer("ana bob", MONDAYS, "2026-11-02 09:00")), schedules=(schedule("08:00-18:00"),)) == []


def test_gaps_are_named_with_their_dates_and_the_many_are_counted() -> None:
    office = schedule("08:00-18:00", days="mon tue wed thu fri")
    found = warnings(rotation(layer("ana", MONDAYS, "2026-11-02 09:00", during=(office,))))
    assert found[0] == (
        "routes/when.yaml:1:1 rotations.oncall: warning: nobody is on call from Thu 2026-11-26 18:00"
        " to Fri 2026-11-27 08:00"
    )
    assert found[3] == "routes/when.yaml:1:1 rotations.oncall: warning: 39 more gaps in the next 60 days"


def test_double_shifts_name_the_person_and_both_rotations() -> None:
    servers = rotation(layer("ana", MONDAYS, "2026-11-02 09:00"), name="servers")
    network = rotation(
        layer("bob", MONDAYS, "2026-11-02 09:00"),
        overrides=(override("2026-12-04 18:00", "2026-12-07 09:00", person="ana"),),
        name="network",
    )
    (warning,) = warnings(servers, network)
    assert warning == (
        "routes/when.yaml:1:1 rotations.servers: warning: ana is on call in network as well from Fri 2026-12-04 18:00"
        " to Mon 2026-12-07 09:00"
    )


def test_a_schedule_without_a_window_and_an_override_that_is_over() -> None:
    never = schedule(dates=(DateRange(date(2020, 1, 1), date(2020, 1, 1)),), name="never")
    over = rotation(
        layer("ana", MONDAYS, "2026-11-02 09:00"), overrides=(override("2026-11-20", "2026-11-21", person="ana"),)
    )
    assert warnings(over, schedules=(never,)) == [
        "routes/when.yaml:1:1 schedules.never: warning: no window in the next two years",
        "routes/when.yaml:1:1 rotations.oncall.overrides[0]: warning: the override is over: remove it",
    ]
