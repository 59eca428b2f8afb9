"""The data of a YAML file, with the line and column of every key and value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.model import DocumentPath, Level, Place, Problem
from gateway.quoting import mask
from gateway.yaml.scalars import is_exact, is_read_otherwise, scalar_value
from gateway.yaml.syntax import Position

QUOTE_IT = "put it in quotes"


def show_path(path: Sequence[str | int]) -> str:
    """`("routes", 1, "to", 0)` -> `routes[1].to[0]`; a step that looks like a secret becomes `***`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{mask(step)}" if text else mask(step)
    return text


@dataclass(frozen=True)
class Document:
    """The data of one file, with the place of each part."""

    file: str
    value: Any
    positions: Mapping[DocumentPath, Position] = field(default_factory=dict)
    """The position of each value."""
    key_positions: Mapping[DocumentPath, Position] = field(default_factory=dict)
    """The position of each key of a map."""
    sources: Mapping[DocumentPath, str] = field(default_factory=dict)
    """The original text of each scalar that was not read as text: `1.10`, `true`."""
    foreign: Mapping[DocumentPath, Place] = field(default_factory=dict)
    """The places of values that come from another file."""

    def at(self, *path: str | int) -> Place:
        """The place of the value at *path*, or of the innermost existing part that contains it."""
        while path not in self.positions and path not in self.foreign and path:
            path = path[:-1]
        return self.foreign.get(path) or place_in(self.file, self.positions.get(path))

    def key_at(self, *path: str | int) -> Place:
        """The place of the key at the end of *path*; for a list entry, of the value."""
        return place_in(self.file, self.key_positions[path]) if path in self.key_positions else self.at(*path)

    def value_at(self, path: DocumentPath) -> Any:
        """The value at *path*, which must exist."""
        value = self.value
        for step in path:
            value = value[step]
        return value

    def problem(
        self,
        path: Sequence[str | int],
        message: str,
        hint: str | None = None,
        *,
        key: bool = False,
        level: Level = Level.ERROR,
    ) -> Problem:
        place = self.key_at(*path) if key else self.at(*path)
        return Problem(place, show_path(path), message, hint, level)

    def without(self, paths: Collection[DocumentPath]) -> Document:
        """This document without the values at *paths*; a removed list entry becomes None, so that the others keep their
        indexes."""
        value = self.value
        for path in paths:
            value = _removed(value, path)
        # The positions stay: a problem at a removed path still gets its place.
        lengths = {len(path) for path in paths}
        sources = {
            path: text for path, text in self.sources.items() if not any(path[:length] in paths for length in lengths)
        }
        return replace(self, value=value, sources=sources)

    def with_values(self, values: Mapping[DocumentPath, Any]) -> Document:
        """This document with different *values* at existing paths."""
        value = self.value
        for path, replacement in values.items():
            value = _replaced(value, path, replacement)
        return replace(self, value=value)

    def with_texts(self, paths: Sequence[DocumentPath]) -> tuple[Document, list[Problem]]:
        """This document with the scalars at *paths* as the texts that were written, and warnings.

        There is a warning where another YAML reader would lose something: it would read `1.10` as 1.1.
        """
        texts = {path: self.sources[path] for path in paths}
        message = "this is text here, but other YAML readers take it for a number"
        warnings = [
            self.problem(path, message, QUOTE_IT, level=Level.WARNING)
            for path, text in texts.items()
            if not is_exact(scalar_value(text), text) and not is_read_otherwise(text)  # it has a warning already
        ]
        return self.with_values(texts), warnings


def place_in(file: str, position: Position | None) -> Place:
    """The place in *file* that people are shown, who count lines and columns from 1."""
    return Place(file, position[0] + 1, position[1] + 1) if position else Place(file)


def _replaced(value: Any, path: DocumentPath, replacement: Any) -> Any:
    """A copy of *value* with *replacement* at *path*; the parts beside *path* are shared."""
    if not path:
        return replacement
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], replacement)
    return copy


def _removed(value: Any, path: DocumentPath) -> Any:
    """A copy of *value* without the value at *path*; the parts beside *path* are shared."""
    step, *rest = path
    if rest:
        return _replaced(value, (step,), _removed(value[step], tuple(rest)))
    if isinstance(value, list):
        return _replaced(value, path, None)
    return {key: part for key, part in value.items() if key != step}
