"""Short functions that build schedules, layers and rotations for tests."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import Handover, Hours, Layer, Override, Place, Rotation, Schedule, Turn, Window
from gateway.schedules.wall_clock import first_instant

DENVER, BERLIN, LORD_HOWE = ZoneInfo("America/Denver"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
PLACE = Place("routes/when.yaml")
DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


def utc(text: str) -> datetime:
    """`2026-03-08T09:00` or `2026-03-08T08:59:59` as an instant in UTC."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def wall(text: str, zone: ZoneInfo) -> datetime:
    """The instant at which a clock in *zone* first shows *text* (`2026-03-02 09:00`)."""
    local = datetime.fromisoformat(text)
    return first_instant(local.date(), local.time(), zone)


def hours(*pairs: str) -> tuple[Hours, ...]:
    """`08:00-18:00`"""
    return tuple(Hours(*(time.fromisoformat(end) for end in pair.split("-"))) for pair in pairs)


def schedule(
    *between: str, zone: ZoneInfo = DENVER, days: str = "mon tue wed thu fri sat sun", **more: Any
) -> Schedule:
    weekdays = frozenset(DAYS[day] for day in days.split())
    kind: dict[str, Any] = {"hours": hours(*between)} if between else {}
    return Schedule(more.pop("name", "s"), PLACE, zone, weekdays, **kind, **more)


def turn(*handovers: str, every_days: int = 0, every: timedelta = timedelta()) -> Turn:
    """`mon 09:00`, `31. 09:00` (a day of the month) or `09:00` (daily)."""
    parsed = []
    for text in handovers:
        day, _, at = text.rpartition(" ")
        number = int(day[:-1]) if day.endswith(".") else None
        parsed.append(Handover(time.fromisoformat(at), DAYS.get(day), number))
    return Turn(tuple(parsed), every_days, every)


def layer(people: str, turns: Turn, starts: str, zone: ZoneInfo = DENVER, **more: Any) -> Layer:
    return Layer(tuple(people.split()), turns, zone, wall(starts, zone), **more)


def rotation(*layers: Layer, overrides: tuple[Override, ...] = (), name: str = "oncall") -> Rotation:
    return Rotation(name, PLACE, layers, overrides)


def override(start: str, end: str, zone: ZoneInfo = DENVER, **change: Any) -> Override:
    return Override(Window(wall(start, zone), wall(end, zone)), **change)
