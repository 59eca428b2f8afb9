"""What the paths of a mapping read: a payload, and the part of it that is being mapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.mapping.conversions import CannotConvert, parse_json
from gateway.model import Path, Payload, SourceMapping
from gateway.paths import MISSING, parse_path, read_data

BODY, HEADERS, QUERY, PATH, EACH = "body", "headers", "query", "path", "each"
INDEX = re.compile(r"\[([0-9]+)\]")
BESIDE_BODY = (HEADERS, QUERY, PATH)
ROOTS = (BODY, *BESIDE_BODY, EACH)
"""First words of a path with a meaning of their own; any other first word is a key of what is in focus."""


@dataclass(frozen=True, slots=True)
class Focus:
    """*payload*, with *data* as the start of bare paths: its body, or an element of a list in it."""

    payload: Payload
    data: Any
    element: int | None = None
    """Index of the element that is being mapped."""

    def read(self, path: Path) -> Any:
        """The value at *path*, or MISSING."""
        root, rest = path[0], path[1:]
        if root not in ROOTS:
            return read_data(self.data, path)
        if root == HEADERS:
            return read_data(self.payload.headers, (rest[0].lower(), *rest[1:]) if rest else ())
        if root == QUERY:
            return read_data(self.payload.query, rest)
        if root == PATH:
            return read_data(list(self.payload.path), rest) if rest else "/".join(self.payload.path)
        return read_data(self.payload.body if root == BODY else self.data, rest)

    def on(self, data: Any) -> Focus:
        return replace(self, data=data)


def parts_to_map(mapping: SourceMapping, payload: Payload) -> Iterator[Focus]:
    """The parts of *payload* that *mapping* maps one by one: the body, or each element of the list that it names.

    A body without the list, or with an empty one, is mapped as a whole, so that a rule can match it.
    """
    body = payload.body
    for path in mapping.json_in:
        body = _with_json_at(body, path)
    payload = replace(payload, body=body)
    elements = MISSING if mapping.each is None else read_data(body, mapping.each)
    if elements is MISSING or elements == []:
        yield Focus(payload, body)
        return
    for number, element in enumerate(elements if isinstance(elements, list) else [elements]):
        yield Focus(payload, element, number)


def _with_json_at(data: Any, path: Path) -> Any:
    """A copy of *data* in which the text at *path* is replaced by the JSON in it; a text that is not JSON stays."""
    if not path:
        if not isinstance(data, str):
            return data
        try:
            return parse_json(data)
        except CannotConvert:
            return data
    if isinstance(data, Mapping) and path[0] in data:
        return {**data, path[0]: _with_json_at(data[path[0]], path[1:])}
    if isinstance(data, list) and not path[0].isdecimal():
        return [_with_json_at(element, path) for element in data]
    return data


def parse_payload_path(text: str) -> Path:
    """Raises: ValueError if *text* is not a path."""
    path = parse_path(text)
    if path[0] == "event":
        raise ValueError(f"{text!r} begins with 'event', which a payload does not have: for its key write body.{text}")
    if INDEX.search(text) and not {'"', "'"} & set(text):
        meant = INDEX.sub(r".\1", text).lstrip(".")
        raise ValueError(f"{text!r} has a number in brackets: an element of a list is {meant}")
    return path
