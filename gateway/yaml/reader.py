"""Strict YAML: plain data, with the line and column of every key and value.

YAML 1.2 scalars (see `scalars`), without anchors, tags, duplicate keys, or more than one document. For anything
forbidden there is a Problem that says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import yaml

from gateway.model import DocumentPath, Level, Place, Problem
from gateway.quoting import quote
from gateway.yaml.document import QUOTE_IT, Document, place_in, show_path
from gateway.yaml.scalars import is_read_otherwise, scalar_value
from gateway.yaml.syntax import LINE_BREAK, Position, to_problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_KEY = 1024
"""The longest key, in characters: that of a key without `?` (YAML 1.2, 7.4.2)."""
UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that YAML forbids everywhere (1.2, 5.1)."""


class Limits(NamedTuple):
    """The limits of one file, and the hint for a file that exceeds them."""

    max_bytes: int = MAX_BYTES
    max_nodes: int = MAX_NODES
    hint: str = "split it"


LIMITS = Limits()


class _Unreadable(Exception):
    """Stops the reading with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


def read(text: bytes, file: str, limits: Limits = LIMITS) -> tuple[Document | None, list[Problem]]:
    """The document in *text*, and its problems; None if it could not be read to its end."""
    if len(text) > limits.max_bytes:
        return None, [Problem(Place(file), "", f"the file is larger than {limits.max_bytes // 1024} KiB", limits.hint)]
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = text[: exc.start].count(b"\n") + 1
        return None, [Problem(Place(file, line), "", "the file is not UTF-8 text", "save it as UTF-8")]
    if match := UNPRINTABLE.search(decoded):
        lines = LINE_BREAK.split(decoded[: match.start()])
        place = Place(file, len(lines), len(lines[-1]) + 1)
        return None, [Problem(place, "", f"the character U+{ord(match[0]):04X} is not allowed in YAML", "remove it")]
    try:
        reader = _Reader(decoded, file, limits)
    except _Unreadable as exc:
        return None, [exc.problem]
    except yaml.MarkedYAMLError as exc:
        stopped, construct = _position(exc.problem_mark), _position(exc.context_mark)
        return None, [to_problem(exc.problem or "", stopped, construct, decoded, file)]
    except yaml.YAMLError:
        return None, [Problem(Place(file), "", "the file is not YAML")]
    return reader.document, reader.problems


def _position(mark: Any) -> Position | None:
    """The position in a mark of PyYAML or libyaml, whose marks have no common type."""
    return (mark.line, mark.column) if mark else None


class _Reader:
    """Builds the data from the parser's events.

    PyYAML's own constructor loses the positions of keys and takes the last of duplicate keys. The parser's events have
    every position, and their number and depth are checked as they come, before anything large is built.
    """

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self._limits = limits
        self._file = file
        self._nodes = 0
        # Positions instead of places, since a file has thousands of them and messages show only a few.
        self._positions: dict[DocumentPath, Position] = {}
        self._key_positions: dict[DocumentPath, Position] = {}
        self._sources: dict[DocumentPath, str] = {}
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        value, documents = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, (), "a second document begins here", "use two files")
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, events, ())
        self.document = Document(file, value, self._positions, self._key_positions, self._sources)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: DocumentPath) -> Any:
        self._reject(event, path)
        if event.start_mark:
            self._positions[path] = (event.start_mark.line, event.start_mark.column)
        if isinstance(event, yaml.SequenceStartEvent):
            values: list[Any] = []
            while not isinstance(element := next(events), yaml.SequenceEndEvent):
                values.append(self._node(element, events, (*path, len(values))))
            return values
        if not isinstance(event, yaml.ScalarEvent):
            return self._map(events, path)
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        value = scalar_value(text)
        if not isinstance(value, str):
            self._sources[path] = text
        if is_read_otherwise(text):
            self._warn_of_other_readers(event, path)
        return value

    def _reject(self, event: yaml.Event, path: DocumentPath) -> None:
        """Stops at anything that this YAML does not allow. No message repeats the text of a tag or an alias, since it
        may be an unquoted password that begins with `!` or `*`."""
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = "anchors and aliases (&, *) are not allowed"
            self._stop(event, path, message, "write the value out; a text that begins with '*' or '&' needs quotes")
        if getattr(event, "tag", None):
            self._stop(event, path, "tags (!) are not allowed", "a text that begins with '!' needs quotes")
        if len(path) > MAX_DEPTH:
            self._stop(event, (), f"values are nested more than {MAX_DEPTH} deep")
        if self._nodes > self._limits.max_nodes:
            self._stop(event, (), f"the file holds more than {self._limits.max_nodes} values", self._limits.hint)

    def _stop(self, event: yaml.Event, path: DocumentPath, message: str, hint: str | None = None) -> NoReturn:
        raise _Unreadable(Problem(place_in(self._file, _position(event.start_mark)), show_path(path), message, hint))

    def _map(self, events: Iterator[yaml.Event], path: DocumentPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, path, "a key must be plain text")
            self._reject(event, path)
            if len(event.value) > MAX_KEY:
                self._stop(event, path, f"a key is longer than {MAX_KEY} characters")
            key_path, position = (*path, event.value), _position(event.start_mark) or (0, 0)
            if event.value in values:
                line = self._key_positions[key_path][0] + 1
                message = f"duplicate key {quote(event.value)} (first defined on line {line})"
                place = place_in(self._file, position)
                self.problems.append(Problem(place, show_path(key_path), message, "rename or remove one"))
            else:
                self._key_positions[key_path] = position
                if event.implicit[0] and is_read_otherwise(event.value):
                    self._warn_of_other_readers(event, key_path)
            values[event.value] = self._node(next(events), events, key_path)
        return values

    def _warn_of_other_readers(self, event: yaml.Event, path: DocumentPath) -> None:
        message = "without quotes, other YAML readers read another value here (a number, a date, true or false)"
        place = place_in(self._file, _position(event.start_mark))
        self.problems.append(Problem(place, show_path(path), message, QUOTE_IT, Level.WARNING))
