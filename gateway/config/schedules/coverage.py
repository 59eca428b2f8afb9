"""Warnings about what the on-call plan leaves open in the coming weeks, with dates.

They depend on when they are asked for, so only `gateway check` asks. A running gateway keeps using a configuration that
was fine when it was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.model import Config, Level, Place, Problem, Rotation, Window
from gateway.schedules.rotations import double_shifts, gaps
from gateway.schedules.windows import next_window

LOOK_AHEAD = timedelta(days=60)
SCHEDULE_LOOK_AHEAD = timedelta(days=730)
MAX_SHOWN = 3
"""How many gaps and double shifts of a rotation are shown with their dates; the rest is only counted."""


def check_coverage(config: Config, now: datetime) -> Iterator[Problem]:
    """Warnings about schedules without any time, gaps, double shifts, and overrides that are over."""
    for schedule in config.schedules.values():
        if next_window(schedule, now, SCHEDULE_LOOK_AHEAD) is None:
            yield _warning(schedule.place, f"schedules.{schedule.name}", "no window in the next two years")
    zone, end = ZoneInfo(config.timezone), now + LOOK_AHEAD
    for rotation in config.rotations.values():
        path = f"rotations.{rotation.name}"
        windows = gaps(rotation, now, end)
        messages = [f"nobody is on call {describe(window, zone)}" for window in windows]
        yield from _some(rotation, path, messages, "gaps")
        for number, override in enumerate(rotation.overrides):
            if override.window.end <= now:
                yield _warning(rotation.place, f"{path}.overrides[{number}]", "the override is over: remove it")
    doubles = double_shifts(list(config.rotations.values()), now, end)
    for rotation in config.rotations.values():
        messages = [
            f"{person} is on call in {other} as well {describe(window, zone)}"
            for person, name, other, window in doubles
            if name == rotation.name
        ]
        yield from _some(rotation, f"rotations.{rotation.name}", messages, "double shifts")


def describe(window: Window, zone: ZoneInfo) -> str:
    """`from Fri 2026-11-27 18:00 to Mon 2026-11-30 08:00`, on the clock of *zone*."""
    start, end = (moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M") for moment in (window.start, window.end))
    return f"from {start} to {end}"


def _some(rotation: Rotation, path: str, messages: list[str], what: str) -> Iterator[Problem]:
    for message in messages[:MAX_SHOWN]:
        yield _warning(rotation.place, path, message)
    if len(messages) > MAX_SHOWN:
        remaining = len(messages) - MAX_SHOWN
        yield _warning(rotation.place, path, f"{remaining} more {what} in the next {LOOK_AHEAD.days} days")


def _warning(place: Place, path: str, message: str) -> Problem:
    return Problem(place, path, message, level=Level.WARNING)
