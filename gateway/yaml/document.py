"""Strict YAML: plain data with the line and column of every key and value.

YAML 1.2 scalars (`no`, `012` and `2026-11-23` are text), and less than YAML: no anchors, no tags, one
document, no key twice. What is not allowed is a Problem that says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import yaml

from gateway.model import Place, Problem
from gateway.yaml.syntax import BREAK, problem_of

MAX_BYTES = 1024 * 1024
DEEPEST = 32
MAX_NODES = 200_000


class Limits(NamedTuple):
    """How much one file may hold, and what to do with more."""

    most_bytes: int = MAX_BYTES
    most_nodes: int = MAX_NODES
    hint: str = "split it"


LIMITS = Limits()

DocumentPath = tuple[str | int, ...]

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
CONSTANTS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What YAML allows in no place (1.2, 5.1)."""


def show_path(path: Sequence[str | int]) -> str:
    """`("routes", 1, "to", 0)` -> `routes[1].to[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


@dataclass(frozen=True)
class Document:
    """The data of one file, and where each part of it stands."""

    file: str
    value: Any
    places: dict[DocumentPath, Place] = field(default_factory=dict)
    """Of each value."""
    key_places: dict[DocumentPath, Place] = field(default_factory=dict)
    """Of each key of a map."""

    def at(self, *path: str | int) -> Place:
        """Where the value at *path* stands; of the nearest part around it when there is none."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(self.file))

    def key_at(self, *path: str | int) -> Place:
        return self.key_places.get(path) or self.at(*path)

    def problem(
        self, path: Sequence[str | int], message: str, hint: str | None = None, *, key: bool = False
    ) -> Problem:
        place = self.key_at(*path) if key else self.at(*path)
        return Problem(place, show_path(path), message, hint)


class _Stop(Exception):
    """Reading ends here, with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


def read(text: bytes, file: str, limits: Limits = LIMITS) -> tuple[Document | None, list[Problem]]:
    """The document in *text*, and what is wrong with it; None when it could not be read to its end."""
    if len(text) > limits.most_bytes:
        return None, [Problem(Place(file), "", f"the file is larger than {limits.most_bytes // 1024} KiB", limits.hint)]
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = text[: exc.start].count(b"\n") + 1
        return None, [Problem(Place(file, line), "", "this is not UTF-8 text", "save the file as UTF-8")]
    if found := UNPRINTABLE.search(decoded):
        lines = BREAK.split(decoded[: found.start()])
        place = Place(file, len(lines), len(lines[-1]) + 1)
        return None, [Problem(place, "", f"the character U+{ord(found[0]):04X} is not allowed in YAML", "remove it")]
    try:
        reader = _Reader(decoded, file, limits)
    except _Stop as exc:
        return None, [exc.problem]
    except yaml.MarkedYAMLError as exc:
        at, begin = _position(exc.problem_mark), _position(exc.context_mark)
        return None, [problem_of(exc.problem or "", at, begin, decoded, file)]
    return reader.document, reader.problems


def _position(mark: yaml.Mark | None) -> tuple[int, int] | None:
    return (mark.line, mark.column) if mark else None


class _Reader:
    """Builds the data from the parser's events, without recursion over what the file says."""

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self._limits = limits
        self._file = file
        self._nodes = 0
        self.document = Document(file, None)
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        value, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, (), "a second document begins here", "use two files")
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, events, ())
        self.document = Document(file, value, self.document.places, self.document.key_places)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: DocumentPath) -> Any:
        self._refuse(event, path)
        place = self._place(event)
        self.document.places[path] = place
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        return self._map(events, path)

    def _refuse(self, event: yaml.Event, path: DocumentPath) -> None:
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = "anchors and aliases (&, *) are not allowed"
            self._stop(event, path, message, "write the value out; a text that begins with '*' or '&' needs quotes")
        if tag := getattr(event, "tag", None):
            self._stop(event, path, f"the tag {tag!r} is not allowed", "a text that begins with '!' needs quotes")
        if len(path) > DEEPEST:
            self._stop(event, (), f"this is nested more than {DEEPEST} deep")
        if self._nodes > self._limits.most_nodes:
            self._stop(event, (), f"the file holds more than {self._limits.most_nodes} values", self._limits.hint)

    def _stop(self, event: yaml.Event, path: DocumentPath, message: str, hint: str | None = None) -> NoReturn:
        raise _Stop(Problem(self._place(event), show_path(path), message, hint))

    def _list(self, events: Iterator[yaml.Event], path: DocumentPath) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self._node(event, events, (*path, len(values))))
        return values

    def _map(self, events: Iterator[yaml.Event], path: DocumentPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, path, "a key must be a plain text")
            self._refuse(event, path)
            here, key_place = (*path, event.value), self._place(event)
            if event.value in values:
                first = self.document.key_places[here]
                message = f"the key {event.value!r} stands here twice: first on line {first.line}"
                self.problems.append(Problem(key_place, show_path(here), message, "rename or remove one"))
            else:
                self.document.key_places[here] = key_place
            values[event.value] = self._node(next(events), events, here)
        return values


def _scalar(event: yaml.ScalarEvent) -> Any:
    """A plain scalar by the YAML 1.2 core schema (10.3.2); anything that looks older stays text."""
    text: str = event.value
    if not event.implicit[0] or event.style in ("'", '"', "|", ">"):
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.match(text) and len(text) < 20:
        return int(text)
    if FLOAT.match(text) and len(text) < 40:
        return float(text)
    return text
