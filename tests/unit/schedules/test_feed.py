"""The iCalendar file of a rotation: one event for each shift, in UTC, the same whenever it is exported."""

from __future__ import annotations

from gateway.schedules.feed import calendar_file
from gateway.schedules.rotations import shifts
from tests.support.schedules import layer, rotation, turn, utc

PLAN = rotation(layer("ann bob cy", turn("mon 09:00"), "2026-03-02 09:00"))
NOW = utc("2026-03-02T16:00")


def lines(now: str, end: str) -> list[str]:
    file = calendar_file(PLAN.name, shifts(PLAN, utc(now), utc(end)), NOW, utc("2026-01-01T00:00"))
    return file.decode().splitlines()


def test_a_shift_over_the_change_of_the_clocks_is_exported_in_utc_without_a_rule() -> None:
    exported = lines("2026-03-02T16:00", "2026-03-16T15:00")
    starts = [line for line in exported if line.startswith(("DTSTART", "DTEND"))]
    assert starts == [
        "DTSTART:20260302T160000Z",
        "DTEND:20260309T150000Z",  # 167 hours: the clocks of Denver go forward
        "DTSTART:20260309T150000Z",
        "DTEND:20260316T150000Z",
    ]
    assert not [line for line in exported if line.startswith("RRULE")]
    assert [line for line in exported if line.startswith("SUMMARY")] == [
        "SUMMARY:ann on call (oncall)",
        "SUMMARY:bob on call (oncall)",
    ]


def test_a_shift_keeps_its_name_in_every_export() -> None:
    def names(now: str) -> dict[str, str]:
        exported = lines(now, "2026-03-23T15:00")
        keys = (line for line in exported if line.startswith("DTSTART"))
        return dict(zip(keys, (line for line in exported if line.startswith("UID")), strict=True))

    first, later = names("2026-03-02T16:00"), names("2026-03-09T15:00")
    assert len(first) == 3
    assert later.items() <= first.items()
    assert len(set(first.values())) == 3


def test_a_shift_that_began_before_the_export_keeps_its_name() -> None:
    """Somebody who is always on call has one event, whose start moves with the export."""
    plan = rotation(layer("ann", turn("mon 09:00"), "2020-03-02 09:00"))
    end = utc("2026-03-23T15:00")
    files = [
        calendar_file(plan.name, shifts(plan, since, end), NOW, since)
        for since in (utc("2026-01-01T00:00"), utc("2026-01-02T00:00"))
    ]
    names = [[line for line in file.decode().splitlines() if line.startswith("UID")] for file in files]
    assert names[0] == names[1]
