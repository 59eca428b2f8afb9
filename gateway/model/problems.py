"""Problems of a configuration with their places in files; and secrets, which are never shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

DocumentPath = tuple[str | int, ...]
"""The keys and list indexes that lead to a value of a document: `("routes", 1, "to", 0)`."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file of the configuration; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Level(StrEnum):
    """How serious a problem is."""

    ERROR = "error"
    """The configuration cannot be used."""
    WARNING = "warning"
    """The configuration can be used, but probably does not do what its author expects."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the configuration."""

    place: Place
    path: str
    """The path in the document: `routes[1].to[0]`."""
    message: str
    hint: str | None = None
    """What would be right, as a clause: `did you mean 'noc-slack'?`"""
    level: Level = Level.ERROR

    @property
    def is_error(self) -> bool:
        return self.level is Level.ERROR

    def __lt__(self, other: Problem) -> bool:
        """In the order of the files, top to bottom."""
        return (self.place, self.path, self.message) < (other.place, other.path, other.message)

    def __str__(self) -> str:
        parts = [f"{self.place} {self.path}" if self.path else str(self.place)]
        message = self.message if self.is_error else f"warning: {self.message}"
        parts.append(f": {message}" if self.path else f" {message}")
        parts.append(f" - {self.hint}" if self.hint else "")
        return "".join(parts)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether one of *problems* is more than a warning."""
    return any(problem.is_error for problem in problems)


class Secret:
    """A text that is never shown: `repr`, `str` and formatting give `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, only for sending or comparing it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))
