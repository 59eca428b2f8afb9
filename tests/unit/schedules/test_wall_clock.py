"""Local times that come twice or never (rule C4 of the specification of schedules)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.schedules.wall_clock import first_instant, last_instant
from tests.support.schedules import BERLIN, DENVER, LORD_HOWE, utc


@pytest.mark.parametrize(
    ("zone", "wall", "first", "last"),
    [
        (DENVER, "2026-03-08 02:30", "2026-03-08T09:00", "2026-03-08T09:00"),
        (DENVER, "2026-11-01 01:30", "2026-11-01T07:30", "2026-11-01T08:30"),
        (BERLIN, "2026-03-29 02:30", "2026-03-29T01:00", "2026-03-29T01:00"),
        (BERLIN, "2026-10-25 02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
        (LORD_HOWE, "2026-10-04 02:15", "2026-10-03T15:30", "2026-10-03T15:30"),
        (LORD_HOWE, "2026-04-05 01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
        (DENVER, "2026-07-01 12:00", "2026-07-01T18:00", "2026-07-01T18:00"),
    ],
)
def test_a_start_is_the_first_occurrence_and_an_end_the_last(zone: ZoneInfo, wall: str, first: str, last: str) -> None:
    local = datetime.fromisoformat(wall)
    assert first_instant(local.date(), local.time(), zone) == utc(first)
    assert last_instant(local.date(), local.time(), zone) == utc(last)
