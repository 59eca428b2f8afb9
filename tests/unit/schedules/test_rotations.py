"""Rotations at frozen times: turns, layers and overrides over every change of the clocks."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.model import Override, Turn, Window
from gateway.schedules.rotations import describe_layers, double_shifts, gaps, next_on_call, on_call, person_of, shifts
from gateway.schedules.turns import next_handover
from tests.support.schedules import (
    BERLIN,
    DENVER,
    LORD_HOWE,
    layer,
    override,
    rotation,
    schedule,
    turn,
    utc,
    wall,
)

MONDAYS = turn("mon 09:00")
WORKDAYS = "mon tue wed thu fri"


@pytest.mark.parametrize(
    ("zone", "anchor", "now", "person"),
    [
        (DENVER, "2026-03-02 09:00", "2026-03-02T15:59:59", None),
        (DENVER, "2026-03-02 09:00", "2026-03-02T16:00", "ann"),
        (DENVER, "2026-03-02 09:00", "2026-03-09T14:59:59", "ann"),
        (DENVER, "2026-03-02 09:00", "2026-03-09T15:00", "bob"),
        (DENVER, "2026-03-02 09:00", "2026-11-02T15:30", "bob"),
        (DENVER, "2026-03-02 09:00", "2026-11-02T16:00", "cy"),
        (BERLIN, "2026-03-23 09:00", "2026-03-30T07:00", "bob"),
        (BERLIN, "2026-03-23 09:00", "2026-10-26T07:30", "ann"),
        (BERLIN, "2026-03-23 09:00", "2026-10-26T08:00", "bob"),
        (LORD_HOWE, "2026-03-30 09:00", "2026-04-05T22:00", "ann"),
        (LORD_HOWE, "2026-03-30 09:00", "2026-04-05T22:30", "bob"),
        (LORD_HOWE, "2026-03-30 09:00", "2026-10-04T21:59:59", "cy"),
        (LORD_HOWE, "2026-03-30 09:00", "2026-10-04T22:00", "ann"),
    ],
)
def test_a_turn_ends_when_the_clock_on_the_wall_says_so(zone: ZoneInfo, anchor: str, now: str, person: str) -> None:
    assert person_of(layer("ann bob cy", MONDAYS, anchor, zone), utc(now)) == person


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        (DENVER, "2026-03-02T16:00", "2026-03-09T15:00", 167),
        (DENVER, "2026-10-26T15:00", "2026-11-02T16:00", 169),
        (BERLIN, "2026-03-23T08:00", "2026-03-30T07:00", 167),
        (BERLIN, "2026-10-19T07:00", "2026-10-26T08:00", 169),
        (LORD_HOWE, "2026-03-29T22:00", "2026-04-05T22:30", 168.5),
        (LORD_HOWE, "2026-09-27T22:30", "2026-10-04T22:00", 167.5),
    ],
)
def test_the_end_of_a_shift_is_the_start_of_the_next(zone: ZoneInfo, start: str, end: str, hours: float) -> None:
    weekly = rotation(layer("ann bob cy", MONDAYS, "2026-01-05 09:00", zone))
    (shift,) = shifts(weekly, utc(start), utc(end))
    assert next_handover(MONDAYS, utc("2026-01-01T00:00"), utc(start), zone) == utc(end)
    assert (shift.window.end - shift.window.start) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "handover", "after", "expected"),
    [
        (DENVER, "sun 02:30", "2026-03-07T12:00", "2026-03-08T09:00"),
        (DENVER, "sun 01:30", "2026-10-31T12:00", "2026-11-01T07:30"),
        (DENVER, "sun 01:30", "2026-11-01T07:30", "2026-11-08T08:30"),
        (LORD_HOWE, "sun 02:15", "2026-10-03T12:00", "2026-10-03T15:30"),
    ],
)
def test_a_handover_in_a_gap_comes_at_its_end_and_in_a_doubled_hour_once(
    zone: ZoneInfo, handover: str, after: str, expected: str
) -> None:
    assert next_handover(turn(handover), utc("2026-01-01T00:00"), utc(after), zone) == utc(expected)


def test_only_listed_handovers_take_a_turn() -> None:
    workdays = turn(*(f"{day} 09:00" for day in WORKDAYS.split()))
    daily = layer("ann bob cy", workdays, "2026-03-02 09:00")
    noons = [f"2026-03-{day:02} 12:00" for day in (2, 3, 4, 5, 6, 7, 8, 9)]
    assert [person_of(daily, wall(noon, DENVER)) for noon in noons] == [
        "ann", "bob", "cy", "ann", "bob", "bob", "bob", "cy",
    ]  # fmt: skip


def test_of_fourteen_people_on_workdays_everybody_serves() -> None:
    people = " ".join(f"p{number}" for number in range(14))
    many = layer(people, turn(*(f"{day} 09:00" for day in WORKDAYS.split())), "2026-03-02 09:00")
    start = wall("2026-03-02 12:00", DENVER)
    served = {person_of(many, start + timedelta(days=day)) for day in range(30)}
    assert served == set(people.split())


def test_a_day_that_a_month_does_not_have_is_its_last_day() -> None:
    monthly, start = turn("31. 09:00"), wall("2026-01-31 09:00", DENVER)
    instants = [start]
    for _ in range(3):
        instants.append(next_handover(monthly, start, instants[-1], DENVER))
    assert instants == [utc(f"2026-{text}") for text in ("01-31T16:00", "02-28T16:00", "03-31T15:00", "04-30T15:00")]
    members = layer("ann bob cy", monthly, "2026-01-31 09:00")
    assert [person_of(members, instant) for instant in instants] == ["ann", "bob", "cy", "ann"]


def test_a_changed_list_is_a_layer_of_its_own_and_the_old_one_ends() -> None:
    old = layer("ann bob cy", MONDAYS, "2026-03-02 09:00", ends=wall("2026-04-06 09:00", DENVER))
    new = layer("bob ann", MONDAYS, "2026-04-06 09:00")
    both = rotation(old, new)
    assert on_call(both, utc("2026-03-02T15:59")).people == ()
    assert on_call(both, utc("2026-04-06T14:59:59")).people == ("bob",)  # the fifth week of three people
    assert on_call(both, utc("2026-04-06T15:00")).people == ("bob",)
    assert on_call(both, utc("2026-04-13T15:00")).people == ("ann",)


def test_elapsed_turns_move_on_the_wall_and_listed_times_do_not() -> None:
    start, zone = "2026-03-07 09:00", DENVER
    elapsed = Turn(every=timedelta(hours=12))
    anchor = wall(start, zone)
    instants = [anchor]
    for _ in range(4):
        instants.append(next_handover(elapsed, anchor, instants[-1], zone))
    local = [f"{instant.astimezone(zone):%a %H:%M}" for instant in instants]
    assert local == ["Sat 09:00", "Sat 21:00", "Sun 10:00", "Sun 22:00", "Mon 10:00"]
    listed = turn("09:00", "21:00")
    instants = [anchor]
    for _ in range(4):
        instants.append(next_handover(listed, anchor, instants[-1], zone))
    assert [f"{instant.astimezone(zone):%a %H:%M}" for instant in instants] == [
        "Sat 09:00", "Sat 21:00", "Sun 09:00", "Sun 21:00", "Mon 09:00",
    ]  # fmt: skip


def test_turns_of_whole_days_are_counted_by_the_calendar() -> None:
    three_days = layer("ann bob", turn("09:00", every_days=3), "2026-03-06 09:00")
    assert person_of(three_days, utc("2026-03-09T14:59:59")) == "ann"
    assert person_of(three_days, utc("2026-03-09T15:00")) == "bob"
    fortnight = layer("ann bob", turn("mon 09:00", every_days=14), "2026-03-04 09:00")  # begins on a Wednesday
    assert person_of(fortnight, wall("2026-03-15 23:00", DENVER)) == "ann"
    assert person_of(fortnight, wall("2026-03-16 09:00", DENVER)) == "bob"


# ------------------------------------------------------------------ layers


EVENINGS_AND_DAYS = rotation(
    layer("bob", MONDAYS, "2026-01-05 09:00", BERLIN, during=(schedule("18:00-00:00", zone=BERLIN),)),
    layer("ann", MONDAYS, "2026-01-05 09:00", BERLIN, during=(schedule("08:00-18:00", zone=BERLIN, days=WORKDAYS),)),
)


@pytest.mark.parametrize(
    ("now", "people"),
    [
        ("2026-03-27T16:59:59", ("ann",)),
        ("2026-03-27T17:00", ("bob",)),
        ("2026-03-27T23:00", ()),
        ("2026-03-28T17:00", ("bob",)),
        ("2026-03-29T15:59:59", ()),
        ("2026-03-29T16:00", ("bob",)),
        ("2026-03-30T06:00", ("ann",)),
    ],
)
def test_the_later_layer_wins_where_it_has_somebody_and_a_gap_is_nobody(now: str, people: tuple[str, ...]) -> None:
    assert on_call(EVENINGS_AND_DAYS, utc(now)).people == people


def test_gaps_add_up_over_the_change_of_the_clocks() -> None:
    start, end = wall("2026-03-23 00:00", BERLIN), wall("2026-03-30 00:00", BERLIN)
    empty = sum((window.end - window.start for window in gaps(EVENINGS_AND_DAYS, start, end)), timedelta())
    assert (end - start, empty) == (timedelta(hours=167), timedelta(hours=75))


def test_shifts_are_what_on_call_says_at_every_instant() -> None:
    start, end = wall("2026-03-23 00:00", BERLIN), wall("2026-04-06 00:00", BERLIN)
    found = shifts(EVENINGS_AND_DAYS, start, end)
    assert [shift.window.end for shift in found[:-1]] == [shift.window.start for shift in found[1:]]
    instant = start
    while instant < end:
        (current,) = [shift for shift in found if shift.window.start <= instant < shift.window.end]
        assert current.people == on_call(EVENINGS_AND_DAYS, instant).people
        instant += timedelta(minutes=30)


# ------------------------------------------------------------------ overrides

HANDOVER = layer("ann bob", MONDAYS, "2026-03-02 09:00")
FROM, TO = "2026-03-09 08:00", "2026-03-09 10:00"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (override(FROM, TO, person="dee", replaces="ann"), [("dee",), ("dee",), ("bob",), ("bob",)]),
        (
            override(FROM, TO, person="dee", is_addition=True),
            [("ann", "dee"), ("ann", "dee"), ("bob", "dee"), ("bob",)],
        ),
        (override(FROM, TO, person="dee"), [("dee",), ("dee",), ("dee",), ("bob",)]),
        (override(FROM, TO, absent="ann"), [(), (), ("bob",), ("bob",)]),
    ],
)
def test_a_handover_inside_an_override_is_seen_through_it(change: Override, expected: list[tuple[str, ...]]) -> None:
    changed = rotation(HANDOVER, overrides=(change,))
    instants = ("2026-03-09T14:00", "2026-03-09T14:59:59", "2026-03-09T15:00", "2026-03-09T16:00")
    assert [on_call(changed, utc(instant)).people for instant in instants] == expected


def test_an_override_holds_up_to_its_end_and_not_at_it() -> None:
    changed = rotation(HANDOVER, overrides=(override(FROM, TO, person="dee"),))
    assert on_call(changed, utc("2026-03-09T15:59:59")).people == ("dee",)
    assert on_call(changed, utc("2026-03-09T16:00")).people == ("bob",)


def test_of_two_overrides_the_later_in_the_list_wins() -> None:
    changed = rotation(HANDOVER, overrides=(override(FROM, TO, person="dee"), override(FROM, TO, person="eve")))
    assert on_call(changed, utc("2026-03-09T15:00")).people == ("eve",)


def test_the_next_person_is_the_one_of_the_next_shift_with_somebody_else() -> None:
    upcoming = next_on_call(rotation(HANDOVER), utc("2026-03-03T12:00"))
    assert upcoming is not None
    assert (upcoming.people, upcoming.window.start) == (("bob",), utc("2026-03-09T15:00"))
    assert next_on_call(rotation(layer("ann", MONDAYS, "2026-03-02 09:00")), utc("2026-03-03T12:00")) is None


def test_whoever_is_on_call_twice_at_once_is_named_with_the_time() -> None:
    network = rotation(layer("ann bob", MONDAYS, "2026-03-02 09:00"), name="network")
    servers = rotation(layer("ann bob", turn("wed 09:00"), "2026-03-04 09:00"), name="servers")
    start, end = wall("2026-03-02 09:00", DENVER), wall("2026-03-12 09:00", DENVER)
    assert double_shifts([network, servers], start, end) == [
        ("ann", "network", "servers", Window(wall("2026-03-04 09:00", DENVER), wall("2026-03-09 09:00", DENVER))),
        ("bob", "network", "servers", Window(wall("2026-03-11 09:00", DENVER), end)),
    ]


def test_an_override_is_explained_with_those_before_it() -> None:
    span = ("2026-03-02 09:00", "2026-03-04 09:00")
    changes = (
        override(*span, person="dee", replaces="ann"),
        override(*span, person="eve", replaces="dee"),
        override(*span, absent="bob"),
    )
    plan = rotation(layer("ann bob", turn("mon 09:00"), "2026-03-02 09:00"), overrides=changes)
    assert describe_layers(plan, wall("2026-03-03 12:00", DENVER)) == [
        "layer 1: ann",
        "override: dee replaces ann",
        "override: eve replaces dee",
        "override: bob is not on call: nothing changes",
    ]
