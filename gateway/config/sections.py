"""The routes of all files as one: every named entry with the place it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.model import Place, Problem
from gateway.yaml.document import Document

NAMED = ("sources", "providers", "channels", "people", "groups")
"""Maps from a name to an entry."""
SINGLE = ("fallback", "timezone")
"""May stand in one file only."""


@dataclass(frozen=True)
class Entry:
    """A part of a document that has a name of its own."""

    name: str
    value: Any
    document: Document
    path: tuple[str | int, ...]

    @property
    def place(self) -> Place:
        return self.document.key_at(*self.path)

    def problem(
        self, rest: tuple[str | int, ...], message: str, hint: str | None = None, *, key: bool = False
    ) -> Problem:
        """A problem at *rest* below this entry."""
        return self.document.problem((*self.path, *rest), message, hint, key=key)

    def below(self, *rest: str | int) -> Entry:
        """The part at *rest*, which must be there."""
        value = self.value
        for step in rest:
            value = value[step]
        return Entry(self.name, value, self.document, (*self.path, *rest))


@dataclass
class Sections:
    """What all files say together."""

    sources: dict[str, Entry] = field(default_factory=dict)
    providers: dict[str, Entry] = field(default_factory=dict)
    channels: dict[str, Entry] = field(default_factory=dict)
    people: dict[str, Entry] = field(default_factory=dict)
    groups: dict[str, Entry] = field(default_factory=dict)
    routes: dict[str, Entry] = field(default_factory=dict)
    fallback: Entry | None = None
    timezone: Entry | None = None
    elsewhere: frozenset[str] = frozenset()
    """Names that files with problems seem to define."""
    is_read: bool = True
    """Every file could be read to its end, so that all names are known."""
    is_whole: bool = True
    """Every file is part of this."""

    def knows(self, kind: str, name: str) -> bool:
        """Whether *name* is one of *kind*, or could be, as far as the files with problems can tell."""
        return name in getattr(self, kind) or name in self.elsewhere or not self.is_read


def collect(documents: Iterable[Document], broken: Iterable[Document | None]) -> tuple[Sections, list[Problem]]:
    """All entries of *documents* by name, and a problem for each that stands twice, naming both places.

    *broken* are the files that have problems already; None stands for one that could not be read.
    """
    broken = list(broken)
    names = frozenset(name for one in broken if one for name in _names(one.value))
    sections = Sections(elsewhere=names, is_read=None not in broken, is_whole=not broken)
    problems = []
    for document in documents:
        for kind, entry in _entries(document):
            if kind in SINGLE:
                first = getattr(sections, kind)
                setattr(sections, kind, first or entry)
            else:
                first = getattr(sections, kind).setdefault(entry.name, entry)
                first = None if first is entry else first
            if first is not None:
                what = f"{kind} stands" if kind in SINGLE else f"{entry.name!r} stands"
                problems.append(
                    entry.problem((), f"{what} twice: first at {first.place}", "rename or remove one", key=True)
                )
    return sections, problems


def _entries(document: Document) -> Iterator[tuple[str, Entry]]:
    value = document.value or {}
    for kind in NAMED:
        for name, one in (value.get(kind) or {}).items():
            yield kind, Entry(name, one, document, (kind, name))
    for number, route in enumerate(value.get("routes") or []):
        yield "routes", Entry(route["name"], route, document, ("routes", number))
    for kind in SINGLE:
        if value.get(kind) is not None:
            yield kind, Entry(kind, value[kind], document, (kind,))


def _names(value: Any) -> Iterator[str]:
    """What could be a name in a document that is not right: every key of its sections."""
    for section in value.values() if isinstance(value, dict) else ():
        yield from section if isinstance(section, dict) else ()


def listed(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """(place below, entry) of everything in *value*: one entry, a list of them, or None."""
    if value is None:
        return []
    return [((number,), one) for number, one in enumerate(value)] if isinstance(value, list) else [((), value)]
