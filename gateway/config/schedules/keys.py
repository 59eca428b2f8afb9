"""The keys of calendars, schedules, rotations and lookups in the YAML, declared in this one place.

A new key needs one line here, its entry in `schemas/routes.schema.json`, and the code that reads it; see
`config.catalog.keys`.
"""

from __future__ import annotations

from typing import TypedDict

Names = str | list[str]


class CalendarKeys(TypedDict, total=False):
    country: str
    subdivision: str
    ics: str


class ScheduleKeys(TypedDict, total=False):
    days: Names
    between: list[str] | list[list[str]]
    week_of_month: int | list[int]
    dates: Names
    skip: Names
    only: Names
    timezone: str


class RotationKeys(TypedDict, total=False):
    layers: list[LayerKeys]
    overrides: list[OverrideKeys]
    timezone: str


class LayerKeys(TypedDict, total=False):
    people: list[str]
    turn: str | TurnKeys
    handover: Names
    starts: str
    ends: str
    during: Names
    not_during: Names
    timezone: str


class TurnKeys(TypedDict, total=False):
    every: str


class OverrideKeys(TypedDict, total=False):
    person: str
    replaces: str
    joins: bool
    absent: str
    start: str
    end: str


class LookupKeys(TypedDict, total=False):
    table: dict[str, str]
    csv: str
    key: str
    value: str
    default: str
