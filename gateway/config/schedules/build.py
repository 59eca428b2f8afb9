"""Calendars, schedules, rotations and lookups: one pass that builds them and collects what is wrong.

Whatever has a problem is left out of the result. The configuration is refused then, so nothing is decided without it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from gateway.config.files import DataFiles
from gateway.config.schedules.notation import (
    parse_dates,
    parse_days,
    parse_handovers,
    parse_hours,
    parse_moment,
)
from gateway.config.sections import Entry, Sections
from gateway.durations import parse_duration
from gateway.errors import ConfigUnreadable
from gateway.model import (
    Calendar,
    Handover,
    Hours,
    Layer,
    Level,
    Lookup,
    Override,
    Problem,
    Rotation,
    Schedule,
    Turn,
    Window,
)
from gateway.quoting import quote
from gateway.schedules.calendars import HolidayCalendar, IcsCalendar, InvalidCalendar
from gateway.suggestions import did_you_mean

MIN_TURN = timedelta(hours=1)
MAX_LOOKUP_ROWS = 100_000
DEFAULT_HANDOVER = time(9)
ONE_DAY = timedelta(days=1)

T = TypeVar("T")


@dataclass
class Timetable:
    """All that says when, and whose turn it is."""

    calendars: dict[str, Calendar] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    rotations: dict[str, Rotation] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)


def build_timetable(sections: Sections, files: DataFiles) -> tuple[Timetable, list[Problem]]:
    """The timetable that *sections* declare, and what is wrong with it."""
    builder = _Builder(sections, files)
    for name, entry in sections.calendars.items():
        builder.add(builder.timetable.calendars, name, entry, builder.calendar)
    for name, entry in sections.schedules.items():
        builder.add(builder.timetable.schedules, name, entry, builder.schedule)
    for name, entry in sections.rotations.items():
        builder.add(builder.timetable.rotations, name, entry, builder.rotation)
    for name, entry in sections.lookups.items():
        builder.add(builder.timetable.lookups, name, entry, builder.lookup)
    return builder.timetable, builder.problems


class _Invalid(Exception):
    """The entry that is being built has a problem, which is in the list already."""


class _Builder:
    """Builds one entry after the other, and collects their problems."""

    def __init__(self, sections: Sections, files: DataFiles) -> None:
        self.timetable = Timetable()
        self.problems: list[Problem] = []
        self._sections = sections
        self._files = files
        self._zone = ZoneInfo("UTC")
        """The file's timezone; one that does not exist has a problem of its own."""
        if sections.timezone is not None:
            with suppress(KeyError, ValueError, OSError):
                self._zone = ZoneInfo(sections.timezone.value)

    def add(self, into: dict[str, T], name: str, entry: Entry, build: Callable[[Entry], T]) -> None:
        with suppress(_Invalid):  # its problem is in the list
            into[name] = build(entry)

    def _refuse(self, entry: Entry, rest: tuple[str | int, ...], message: str, hint: str | None = None) -> _Invalid:
        self.problems.append(entry.problem(rest, message, hint))
        return _Invalid()

    def _parse(self, entry: Entry, rest: tuple[str | int, ...], parse: Callable[..., T], *args: Any) -> T:
        """What *parse* makes of *args*; what it raises becomes the problem at *rest*."""
        try:
            return parse(*args)
        except ValueError as exc:
            raise self._refuse(entry, rest, str(exc)) from exc

    def _zone_of(self, entry: Entry, default: ZoneInfo) -> ZoneInfo:
        name = entry.value.get("timezone")
        if name is None:
            return default
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            hint = "use an IANA name such as America/Denver"
            raise self._refuse(entry, ("timezone",), f"unknown timezone {quote(name)}", hint) from None

    # ------------------------------------------------------------------ calendars

    def calendar(self, entry: Entry) -> Calendar:
        value = entry.value
        try:
            if "country" in value:
                return HolidayCalendar(entry.name, value["country"], value.get("subdivision"))
            return IcsCalendar(entry.name, self._files.read(value["ics"]), self._zone)
        except InvalidCalendar as exc:
            key = "subdivision" if "subdivision" in str(exc) else "country" if "country" in value else "ics"
            raise self._refuse(entry, (key,), str(exc)) from exc
        except ConfigUnreadable as exc:
            raise self._refuse(entry, ("ics",), str(exc)) from exc

    # ------------------------------------------------------------------ schedules

    def schedule(self, entry: Entry) -> Schedule:
        value = entry.value
        weekdays: frozenset[int] = frozenset()
        for rest, text in _listed(value, "days"):
            weekdays |= self._parse(entry, rest, parse_days, text)
        hours: list[Hours] = []
        between = value.get("between", [])
        if between and isinstance(between[0], str):
            hours.append(self._parse(entry, ("between",), parse_hours, between))
        else:
            hours = [self._parse(entry, ("between", n), parse_hours, pair) for n, pair in enumerate(between)]
        weeks = [week for _, week in _listed(value, "week_of_month")]
        given: dict[str, Any] = {"hours": tuple(hours)} if hours else {}
        if weekdays:
            given["weekdays"] = weekdays
        return Schedule(
            name=entry.name,
            place=entry.place,
            timezone=self._zone_of(entry, self._zone),
            weeks_of_month=frozenset(weeks),
            dates=tuple(self._parse(entry, rest, parse_dates, text) for rest, text in _listed(value, "dates")),
            skip=self._named(entry, "skip", "calendar", self.timetable.calendars, self._sections.calendars),
            only=self._named(entry, "only", "calendar", self.timetable.calendars, self._sections.calendars),
            **given,
        )

    def _named(
        self, entry: Entry, key: str, what: str, built: Mapping[str, T], declared: Mapping[str, Entry]
    ) -> tuple[T, ...]:
        """The things that *key* names; a name that is not declared is a problem, one that is invalid has its own."""
        named = []
        for rest, name in _listed(entry.value, key):
            if name in built:
                named.append(built[name])
            elif name in declared:
                raise _Invalid
            else:
                raise self._refuse(entry, rest, f"unknown {what} {quote(name)}", did_you_mean(name, declared))
        return tuple(named)

    # ------------------------------------------------------------------ rotations

    def rotation(self, entry: Entry) -> Rotation:
        zone = self._zone_of(entry, self._zone)
        layers = [self._layer(entry.below("layers", number), zone) for number in range(len(entry.value["layers"]))]
        overrides = [
            self._override(entry.below("overrides", number), zone)
            for number in range(len(entry.value.get("overrides", [])))
        ]
        return Rotation(entry.name, entry.place, tuple(layers), tuple(overrides))

    def _layer(self, entry: Entry, default_zone: ZoneInfo) -> Layer:
        value = entry.value
        zone = self._zone_of(entry, default_zone)
        turn, at = self._turn(entry, zone)
        starts = self._parse(entry, ("starts",), parse_moment, value["starts"], zone, at)
        ends = None
        if "ends" in value:
            ends = self._parse(entry, ("ends",), parse_moment, value["ends"], zone, at)
            if ends <= starts:
                raise self._refuse(entry, ("ends",), "the layer ends before it starts")
        schedules, declared = self.timetable.schedules, self._sections.schedules
        return Layer(
            people=tuple(self._person(entry, rest, name) for rest, name in _listed(value, "people")),
            turn=turn,
            timezone=zone,
            starts=starts,
            ends=ends,
            during=self._named(entry, "during", "schedule", schedules, declared),
            not_during=self._named(entry, "not_during", "schedule", schedules, declared),
        )

    def _turn(self, entry: Entry, zone: ZoneInfo) -> tuple[Turn, time]:
        """The turns of a layer, and the time of day at which a layer starts that is given a date only."""
        value = entry.value
        handovers: list[Handover] = []
        for rest, text in _listed(value, "handover"):
            handovers += self._parse(entry, rest, parse_handovers, text)
        kind = value.get("turn", "weekly")
        first = self._parse(entry, ("starts",), parse_moment, value["starts"], zone, DEFAULT_HANDOVER)
        local = first.astimezone(zone)
        if isinstance(kind, dict):
            every = self._parse(entry, ("turn", "every"), parse_duration, kind["every"])
            if every < MIN_TURN:
                raise self._refuse(entry, ("turn", "every"), "a turn lasts at least 1h")
            if every % ONE_DAY:
                if handovers:
                    raise self._refuse(
                        entry, ("handover",), f"turns of {kind['every']} are elapsed time and have no fixed handover",
                        "give whole days in `every`, or list the times of day: handover: ['09:00', '21:00']",
                    )  # fmt: skip
                message = f"turns of {kind['every']} are elapsed time: their handovers move when the clocks change"
                hint = "to keep them, write `turn: daily` and list the times of day: handover: ['09:00', '21:00']"
                problem = entry.problem(("turn", "every"), message, hint, level=Level.WARNING)
                self.problems += [problem] if zone.key != "UTC" else []
                return Turn(every=every), local.time()
            if len(handovers) > 1:
                raise self._refuse(entry, ("handover",), "turns of several days have one handover")
            handover = handovers[0] if handovers else Handover(local.time())
            return Turn((handover,), every_days=every // ONE_DAY), handover.at
        usual = {
            "daily": Handover(local.time()),
            "weekly": Handover(local.time(), weekday=local.weekday()),
            "monthly": Handover(local.time(), day_of_month=local.day),
        }
        handovers = handovers or [usual[kind]]
        self._check_handovers(entry, kind, handovers)
        return Turn(tuple(handovers)), min(handover.at for handover in handovers)

    def _check_handovers(self, entry: Entry, kind: str, handovers: Iterable[Handover]) -> None:
        expected = {
            "daily": (lambda handover: handover.day_of_month is None, "'09:00' or 'mon-fri 09:00'"),
            "weekly": (lambda handover: handover.weekday is not None, "'mon 09:00'"),
            "monthly": (lambda handover: handover.day_of_month is not None, "'1 09:00'"),
        }
        fits, example = expected[kind]
        if not all(map(fits, handovers)):
            raise self._refuse(entry, ("handover",), f"a turn that is {kind} hands over at a time such as {example}")

    def _override(self, entry: Entry, zone: ZoneInfo) -> Override:
        value = entry.value
        window = Window(
            self._parse(entry, ("start",), parse_moment, value["start"], zone),
            self._parse(entry, ("end",), parse_moment, value["end"], zone),
        )
        if window.end <= window.start:
            raise self._refuse(entry, ("end",), "the override ends before it starts")
        people = {
            key: self._person(entry, (key,), value[key]) for key in ("person", "replaces", "absent") if key in value
        }
        return Override(window, is_addition=bool(value.get("joins")), **people)

    def _person(self, entry: Entry, rest: tuple[str | int, ...], name: str) -> str:
        if not self._sections.knows("people", name):
            raise self._refuse(entry, rest, f"unknown person {quote(name)}", did_you_mean(name, self._sections.people))
        return name

    # ------------------------------------------------------------------ lookups

    def lookup(self, entry: Entry) -> Lookup:
        value = entry.value
        table = {str(key): str(cell) for key, cell in value.get("table", {}).items()}
        if "csv" in value:
            table = self._read_csv(entry)
        return Lookup(entry.name, entry.place, table, value.get("default"))

    def _read_csv(self, entry: Entry) -> dict[str, str]:
        """The rows of a CSV file with a header (RFC 4180), by the column `key`: the values of the column `value`."""
        value = entry.value
        try:
            text = self._files.read(value["csv"]).decode("utf-8-sig")
        except ConfigUnreadable as exc:
            raise self._refuse(entry, ("csv",), str(exc)) from exc
        except UnicodeDecodeError:
            raise self._refuse(entry, ("csv",), f"{value['csv']} is not UTF-8 text") from None
        rows = csv.DictReader(io.StringIO(text), strict=True)
        table: dict[str, str] = {}
        try:
            columns = rows.fieldnames or []
            for key in ("key", "value"):
                if value[key] not in columns:
                    hint = did_you_mean(value[key], columns) or f"its columns are {', '.join(columns) or 'none'}"
                    raise self._refuse(entry, (key,), f"{value['csv']} has no column {quote(value[key])}", hint)
            for row in rows:
                key_cell, value_cell = row[value["key"]], row[value["value"]]
                if key_cell is None or value_cell is None:
                    raise self._refuse(entry, ("csv",), f"{value['csv']}:{rows.line_num} has too few columns")
                if key_cell in table:
                    raise self._refuse(
                        entry, ("csv",), f"{value['csv']}:{rows.line_num} repeats the key {quote(key_cell)}"
                    )
                table[key_cell] = value_cell
                if len(table) > MAX_LOOKUP_ROWS:
                    raise self._refuse(entry, ("csv",), f"{value['csv']} has more than {MAX_LOOKUP_ROWS:,} rows")
        except csv.Error as exc:
            raise self._refuse(entry, ("csv",), f"{value['csv']}:{rows.line_num} is not CSV: {exc}") from exc
        return table


def _listed(value: Mapping[str, Any], key: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """(place, entry) of everything under *key*: one entry, a list of them, or none."""
    entries = value.get(key, [])
    if not isinstance(entries, list):
        yield (key,), entries
        return
    for number, entry in enumerate(entries):
        yield (key, number), entry
