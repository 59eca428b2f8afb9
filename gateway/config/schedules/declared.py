"""Shared by calendars, schedules, rotations and lookups: an entry is built, or refused with a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from gateway.config.sections import Entry, Sections, listed_at
from gateway.model import DocumentPath, Problem
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

T = TypeVar("T")


class Refused(Exception):
    """An entry cannot be built. *problem* says why; None if an entry that it refers to already has the problem."""

    def __init__(self, problem: Problem | None = None) -> None:
        super().__init__()
        self.problem = problem


def build_all(entries: Mapping[str, Entry], build: Callable[[Entry], T], problems: list[Problem]) -> dict[str, T]:
    """Calls *build* for each entry. An entry that it refuses is left out, and the problem is added to *problems*.

    A configuration with such a problem is never used, so nothing is decided without the entry.
    """
    built = {}
    for name, entry in entries.items():
        try:
            built[name] = build(entry)
        except Refused as exc:
            problems += [exc.problem] if exc.problem else []
    return built


@dataclass(frozen=True)
class Section(Generic[T]):
    """Entries that other entries refer to by name."""

    sections: Sections
    kind: str
    """The name of theirs among *sections*."""
    built: Mapping[str, T]
    """The results for the entries without problems."""

    def named_by(self, entry: Entry, key: str) -> tuple[T, ...]:
        """The built entry that *entry* names under *key*. Raises: Refused."""
        results = []
        for place, name in listed_at(entry, key):
            if name not in self.built:
                unknown = self.sections.unknown(self.kind, name)
                raise Refused(entry.problem(place, *unknown) if unknown else None)
            results.append(self.built[name])
        return tuple(results)


def parse(entry: Entry, place: DocumentPath, read: Callable[..., T], *args: Any) -> T:
    """Calls *read* with *args*. Raises: Refused with the text of its ValueError, as a problem at *place*."""
    try:
        return read(*args)
    except ValueError as exc:
        raise Refused(entry.problem(place, str(exc))) from exc


def zone_of(entry: Entry, default: ZoneInfo) -> ZoneInfo:
    """The time zone that *entry* names, or *default*. Raises: Refused."""
    name = entry.value.get("timezone")
    if name is None:
        return default
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused(entry.problem(("timezone",), *unknown_timezone(name))) from None


def unknown_timezone(name: str) -> tuple[str, str]:
    """Message and hint for a *name* that the timezone database does not have."""
    hint = did_you_mean(name, available_timezones()) or "use an IANA name such as America/Denver"
    return f"unknown timezone {quote(name)}", hint
