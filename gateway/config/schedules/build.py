"""Builds the timetable, that is calendars, schedules, rotations and lookups, in one pass that
also collects problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config.files import DataFiles
from gateway.config.schedules.build_lookups import build_lookup
from gateway.config.schedules.build_rotations import build_rotation, check_elapsed_turns
from gateway.config.schedules.declared import Refused, Section, build_all, parse, zone_of
from gateway.config.schedules.keys import CalendarKeys, ScheduleKeys
from gateway.config.schedules.notation import parse_dates, parse_days, parse_hours
from gateway.config.sections import Entry, Sections, listed_at
from gateway.errors import ConfigUnreadable
from gateway.model import Calendar, Lookup, Problem, Rotation, Schedule
from gateway.schedules.calendars import HolidayCalendar, IcsCalendar
from gateway.schedules.recurrences import InvalidCalendar


@dataclass(frozen=True)
class Timetable:
    """Everything that says when, and whose turn it is."""

    schedules: Mapping[str, Schedule]
    rotations: Mapping[str, Rotation]
    lookups: Mapping[str, Lookup]


def build_timetable(sections: Sections, files: DataFiles) -> tuple[Timetable, list[Problem]]:
    """The timetable declared in *sections*, and its problems."""
    problems: list[Problem] = []
    # Schedules name calendars, and rotations name schedules: each is built from what was built before.
    zone = sections.zone
    built = build_all(sections.calendars, partial(build_calendar, files=files, zone=zone), problems)
    calendars: Section[Calendar] = Section(sections, "calendars", built)
    schedule = partial(build_schedule, calendars=calendars, zone=zone)
    schedules = Section(sections, "schedules", build_all(sections.schedules, schedule, problems))
    rotation = partial(build_rotation, schedules=schedules, sections=sections, default_zone=zone)
    rotations = build_all(sections.rotations, rotation, problems)
    for name, built_rotation in rotations.items():
        problems += check_elapsed_turns(sections.rotations[name], built_rotation)
    lookups = build_all(sections.lookups, partial(build_lookup, files=files), problems)
    return Timetable(schedules.built, rotations, lookups), problems


def build_calendar(entry: Entry, files: DataFiles, zone: ZoneInfo) -> Calendar:
    """Raises: Refused."""
    value: CalendarKeys = entry.value
    try:
        if "country" in value:
            return HolidayCalendar(entry.name, value["country"], value.get("subdivision"))
        return IcsCalendar(entry.name, files.read(value["ics"]), zone)
    except InvalidCalendar as exc:
        # Only the text tells an unknown country from an unknown part of one.
        key = "subdivision" if "subdivision" in str(exc) else "country" if "country" in value else "ics"
        raise Refused(entry.problem((key,), str(exc))) from exc
    except ConfigUnreadable as exc:
        raise Refused(entry.problem(("ics",), str(exc))) from exc


def build_schedule(entry: Entry, calendars: Section[Calendar], zone: ZoneInfo) -> Schedule:
    """Raises: Refused."""
    value: ScheduleKeys = entry.value
    between = value.get("between", [])
    if between and isinstance(between[0], str):
        hours = [parse(entry, ("between",), parse_hours, between)]
    else:
        hours = [parse(entry, ("between", number), parse_hours, pair) for number, pair in enumerate(between)]
    days = [parse(entry, place, parse_days, text) for place, text in listed_at(entry, "days")]
    # A schedule without days or hours has the defaults of the model: every day, all day.
    fields: dict[str, Any] = {"hours": tuple(hours)} if hours else {}
    fields |= {"weekdays": frozenset().union(*days)} if days else {}
    return Schedule(
        name=entry.name,
        place=entry.place,
        timezone=zone_of(entry, zone),
        weeks_of_month=frozenset(week for _, week in listed_at(entry, "week_of_month")),
        dates=tuple(parse(entry, place, parse_dates, text) for place, text in listed_at(entry, "dates")),
        skip=calendars.named_by(entry, "skip"),
        only=calendars.named_by(entry, "only"),
        **fields,
    )
