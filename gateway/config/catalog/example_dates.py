"""Examples that read every day as they did at the moment they were written for: their dates move with the calendar.

"Due in 15 min" must stay so when an example is sent, hence its times keep their distance from the moment. But a day or
more is said in days of the calendar, and "on Tuesday at 9:30 AM" reads better than "at 11:17 AM". So when no time of an
example is within a day of the moment, all of them move by whole days and keep their time of day, also where the clocks
change in between. A date without a time always moves by whole days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from gateway.config.catalog import data_paths
from gateway.config.catalog.data_paths import Documents
from gateway.model import Data, EventType, Path
from gateway.times import parse_iso

NEAR = timedelta(days=1)
MOVED = frozenset({"date", "date-time"})
"""The formats, in the data schema, of the texts that are moved."""


@dataclass(frozen=True, slots=True)
class Move:
    days: timedelta
    """Whole days of the calendar."""
    span: timedelta | None
    """By which times move; None: by *days*, as dates do."""
    zone: tzinfo

    def apply(self, written: date) -> str:
        """*written*, a date or a time, where it has moved to. A time that has the offset of the zone, or none, is a
        time of the zone afterwards as well."""
        if not isinstance(written, datetime):
            return (written + self.days).isoformat()
        local = _with_zone(written, self.zone)
        if local.utcoffset() == local.astimezone(self.zone).utcoffset():
            local = local.astimezone(self.zone)
        moved = local + self.days if self.span is None else (local.astimezone(UTC) + self.span).astimezone(local.tzinfo)
        return (moved if written.tzinfo else moved.replace(tzinfo=None)).isoformat()


def current_example(event_type: EventType, documents: Documents, now: datetime, zone: tzinfo) -> Data:
    """The example of *event_type* as if it was written for the moment *now*; days are those of *zone*.

    *documents* are those of `schemas/`. An example without a moment stays as it is.
    """
    moment, example = event_type.example_at, event_type.example
    if moment is None:
        return example
    dated = {
        path: written
        for path, text in _texts(example, ())
        if (written := parse_iso(text)) and MOVED & data_paths.named_at(event_type.schema, path, "format", documents)
    }
    now = now.replace(microsecond=0)
    times = (_with_zone(written, zone) for written in dated.values() if isinstance(written, datetime))
    is_near = any(abs(time - moment) < NEAR for time in times)
    days = timedelta((now.astimezone(zone).date() - moment.astimezone(zone).date()).days)
    move = Move(days, now - moment if is_near else None, zone)
    moved: Data = _with_texts(example, (), {path: move.apply(written) for path, written in dated.items()})
    return moved


def _with_zone(written: datetime, zone: tzinfo) -> datetime:
    return written if written.tzinfo else written.replace(tzinfo=zone)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """(path, text) of every text in *value*; the elements of a list have their numbers in the path."""
    if isinstance(value, str):
        yield path, value
    for step, child in _children(value):
        yield from _texts(child, (*path, step))


def _with_texts(value: Any, path: Path, texts: Mapping[Path, str]) -> Any:
    """*value* with other *texts* at their paths."""
    if isinstance(value, str):
        return texts.get(path, value)
    children = {step: _with_texts(child, (*path, step), texts) for step, child in _children(value)}
    return list(children.values()) if isinstance(value, list) else children if isinstance(value, Mapping) else value


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(number), child) for number, child in enumerate(value))
