"""Converts local times to instants, across every change of the clocks.

A local time that occurs twice (the clocks go back) is ambiguous: as a start it means the first occurrence, as an end
the second. A local time that does not exist (the clocks go forward) means the first instant after the gap.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST_FOLD = 1
"""PEP 495: the second of two occurrences of a local time."""


def first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a clock in *zone* first shows *at* on *day*: for starts and handovers."""
    return _instant(datetime.combine(day, at), zone, fold=0)


def last_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a clock in *zone* last shows *at* on *day*: for ends."""
    return _instant(datetime.combine(day, at), zone, fold=LAST_FOLD)


def _instant(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # The local time does not exist. PEP 495 converts it with the offset of after the gap (fold 1), which gives an
    # instant before the change of the clocks, or of before the gap (fold 0), which gives an instant after it. The
    # change is between these two, and the loop finds it by halving.
    before, after = sorted(wall.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after
