"""The sections of all files in routes/ combined: every named entry, with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model import DEFAULT_TIMEZONE, DocumentPath, Level, Place, Problem
from gateway.quoting import mask, quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import Document

NAMED = (
    "sources",
    "mappings",
    "providers",
    "channels",
    "people",
    "groups",
    "calendars",
    "schedules",
    "rotations",
    "lookups",
)
"""Sections that map names to entries."""
LISTED = ("routes", "directory")
"""Sections that list entries. None takes the place of an entry that does not fit its schema."""
SINGLE = ("brand", "fallback", "network", "timezone", "locale", "language")
"""Sections that only one file may have."""
MAX_LISTED = 8
"""Names that a hint lists."""


@dataclass(frozen=True)
class Entry:
    """A part of a document that has a name."""

    name: str
    value: Any
    document: Document
    path: DocumentPath

    @property
    def place(self) -> Place:
        return self.document.key_at(*self.path)

    def problem(
        self,
        subpath: DocumentPath,
        message: str,
        hint: str | None = None,
        *,
        key: bool = False,
        level: Level = Level.ERROR,
    ) -> Problem:
        """A problem at *subpath*, a path below this entry."""
        return self.document.problem((*self.path, *subpath), message, hint, key=key, level=level)

    def below(self, *subpath: str | int) -> Entry:
        """The part at *subpath*, which must exist."""
        value = self.value
        for step in subpath:
            value = value[step]
        return Entry(self.name, value, self.document, (*self.path, *subpath))

    def text(self, *subpath: str | int) -> str:
        """The scalar at *subpath* as it was written: `1.10`, not 1.1."""
        return self.document.sources.get((*self.path, *subpath)) or str(self.below(*subpath).value)


@dataclass
class Sections:
    """What all files declare together."""

    sources: dict[str, Entry] = field(default_factory=dict)
    mappings: dict[str, Entry] = field(default_factory=dict)
    providers: dict[str, Entry] = field(default_factory=dict)
    channels: dict[str, Entry] = field(default_factory=dict)
    people: dict[str, Entry] = field(default_factory=dict)
    groups: dict[str, Entry] = field(default_factory=dict)
    calendars: dict[str, Entry] = field(default_factory=dict)
    schedules: dict[str, Entry] = field(default_factory=dict)
    rotations: dict[str, Entry] = field(default_factory=dict)
    lookups: dict[str, Entry] = field(default_factory=dict)
    routes: dict[str, Entry] = field(default_factory=dict)
    directory: list[Entry] = field(default_factory=list)
    """Files that list people, which `directory.build_files` adds to `people`."""
    brand: Entry | None = None
    fallback: Entry | None = None
    network: Entry | None = None
    timezone: Entry | None = None
    locale: Entry | None = None
    language: Entry | None = None
    elsewhere: frozenset[str] = frozenset()
    """Names that files with problems seem to declare."""
    is_readable: bool = True
    """Whether every file could be read to its end, so that all names are known."""
    has_all_people: bool = True
    """Whether every person in the files of `directory` is known."""
    is_complete: bool = True
    """Whether every file fits its schema and is included."""

    def knows(self, kind: str, name: str) -> bool:
        """Whether *name* is declared as *kind*, or may be declared in a file with problems."""
        is_known = name in getattr(self, kind) or name in self.elsewhere
        return is_known or not self.is_readable or (kind == "people" and not self.has_all_people)

    def unknown(self, kind: str, name: str) -> tuple[str, str] | None:
        """(message, hint) for a *name* that is not one of *kind*; None when it is, or could be."""
        if self.knows(kind, name):
            return None
        noun = "person" if kind == "people" else kind.removesuffix("s")
        declared: dict[str, Entry] = getattr(self, kind)
        hint = did_you_mean(name, declared)
        if hint is None and declared:
            names = ", ".join(map(mask, list(declared)[:MAX_LISTED]))
            hint = f"`{kind}` has {names}" + (", ..." if len(declared) > MAX_LISTED else "")
        return f"unknown {noun} {quote(name)}", hint or f"declare it under `{kind}:` in a file of routes/"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of whatever names none. One that does not exist has a problem of its own, and is UTC here."""
        try:
            return ZoneInfo(self.timezone.value if self.timezone else DEFAULT_TIMEZONE)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(DEFAULT_TIMEZONE)

    def add(self, kind: str, entry: Entry) -> Entry:
        """Adds *entry* to its section unless the name is taken. Returns the entry that the section now has."""
        if kind not in SINGLE:
            section: dict[str, Entry] = getattr(self, kind)
            return section.setdefault(entry.name, entry)
        first: Entry | None = getattr(self, kind)
        if first is None:
            setattr(self, kind, entry)
        return first or entry


def collect(documents: Iterable[Document], broken: Iterable[Document | None]) -> tuple[Sections, list[Problem]]:
    """All entries of *documents* by name, and a problem with both places for each name that is declared twice.

    *broken* are the files that already have problems; None takes the place of a file that could not be read.
    """
    broken = list(broken)
    sections = Sections(
        # Every key in the sections of a document that does not fit its schema.
        elsewhere=frozenset(
            name
            for document in broken
            if document and isinstance(document.value, dict)
            for section in document.value.values()
            if isinstance(section, dict)
            for name in section
        ),
        is_readable=None not in broken,
        is_complete=not broken,
    )
    problems = []
    for document in documents:
        value = document.value or {}
        sections.directory += [
            Entry("directory", listing, document, ("directory", number))
            for number, listing in enumerate(value.get("directory") or [])
            if listing is not None
        ]
        entries = [
            (kind, Entry(name, entry, document, (kind, name)))
            for kind in NAMED
            for name, entry in (value.get(kind) or {}).items()
        ]
        entries += [
            ("routes", Entry(route["name"], route, document, ("routes", number)))
            for number, route in enumerate(value.get("routes") or [])
            if route is not None
        ]
        entries += [
            (kind, Entry(kind, value[kind], document, (kind,))) for kind in SINGLE if value.get(kind) is not None
        ]
        for kind, entry in entries:
            first = sections.add(kind, entry)
            if first is not entry:
                message = f"duplicate {entry.name if kind in SINGLE else quote(entry.name)} (first at {first.place})"
                problems.append(entry.problem((), message, "rename or remove one", key=True))
    return sections, problems


def parts(value: Any) -> Iterator[tuple[DocumentPath, Any]]:
    """(place below, part) of *value* itself and of everything in it, at any depth."""
    waiting: list[tuple[DocumentPath, Any]] = [((), value)]
    while waiting:
        place, part = waiting.pop()
        yield place, part
        if isinstance(part, dict):
            waiting += [((*place, key), child) for key, child in part.items()]
        elif isinstance(part, list):
            waiting += [((*place, number), child) for number, child in enumerate(part)]


def listed(value: Any) -> list[tuple[DocumentPath, Any]]:
    """Place and value of every entry in *value*, which is one entry, a list of entries, or None."""
    if value is None:
        return []
    return [((number,), entry) for number, entry in enumerate(value)] if isinstance(value, list) else [((), value)]


def listed_at(entry: Entry, key: str) -> list[tuple[DocumentPath, Any]]:
    """Place below *entry* and value of everything under *key*: one value, a list of values, or nothing."""
    return [((key, *subpath), value) for subpath, value in listed(entry.value.get(key))]
