"""Dotted paths into an event: the same in conditions, templates, people and subjects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal

from gateway.model import Data, Event, Path


class _Missing(Enum):
    MISSING = "missing"

    def __bool__(self) -> Literal[False]:
        return False


MISSING: Final = _Missing.MISSING
"""There is no value: the key is absent, or holds null."""

EVENT = "event"
"""The reserved first word for the event itself instead of its data."""

_INDEX = re.compile(r"[0-9]{1,9}")

CUSTOMER: Path = (EVENT, "customer")
"""The customer of any event; the event's type says where it is in the data."""

EVENT_FIELDS = ("id", "type", "category", "source", "subject", "time", "severity", "lead")


_PLAIN = re.compile(r"""[^."'][^.]*""")
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<name>.*?)(?P=quote)""")


def parse_path(text: str) -> Path:
    """`ticket.id` -> ("ticket", "id"). A step in quotes may contain dots: `labels."a.b"`.

    Raises: ValueError for an empty path or step, and for a quote that is not closed.
    """
    if '"' not in text and "'" not in text:
        parts = tuple(text.split("."))
        if not all(parts):
            raise ValueError(f"{text!r} is not a path: expected names with dots between them, like ticket.id")
        return parts
    steps, position = [], 0
    while True:
        step = _QUOTED.match(text, position) or _PLAIN.match(text, position)
        if step is None:
            raise ValueError(f'{text!r} is not a path: a step is a name, or in quotes: labels."a.b"')
        steps.append(step["name"] if step.re is _QUOTED else step[0])
        position = step.end()
        if position == len(text):
            return tuple(steps)
        if text[position] != ".":
            raise ValueError(f"{text!r} is not a path: expected a dot after the closing quote")
        position += 1


@lru_cache(maxsize=1024)  # every event uses the same few paths of the catalogue
def format_path(path: Path) -> str:
    """The text that `parse_path` parses as *path*."""
    return ".".join(map(_format_step, path))


def _format_step(step: str) -> str:
    if step and "." not in step and step[0] not in "\"'":
        return step
    return f"'{step}'" if '"' in step else f'"{step}"'


def json_pointer(path: Iterable[str | int]) -> str:
    """RFC 6901: `("data", "a/b")` -> `/data/a~1b`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def parse_json_pointer(pointer: str) -> Path:
    """The steps of a pointer that `json_pointer` made."""
    # `~1` before `~0`, so that `~01` is read as `~1` and not as a slash (RFC 6901, 4).
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def lookup(event: Event, path: Path) -> Any:
    """The value at *path*, or MISSING; null counts as missing, also as an element of a list.

    A list on the path is walked element by element, and gives one flat list of the values of its elements
    (`ticket.subscribers.email`), or MISSING if none has one; a step that is a number selects one element.
    """
    if path[0] == EVENT:
        if path[:2] == CUSTOMER:
            place = customer_place(event.data, event.customer)
            return MISSING if place is None else read_data(event.data, (*place, *path[2:]))
        value = getattr(event, path[1]) if len(path) == 2 and path[1] in EVENT_FIELDS else None
        if value in (None, ""):
            return MISSING
        return value.isoformat() if path[1] == "time" else str(value)
    return read_data(event.data, path)


def customer_place(data: Data, places: Iterable[Path]) -> Path | None:
    """The first of *places* at which *data* has a customer."""
    for place in places:
        if _walk(data, place) is not MISSING:
            return place
    return None


def read_data(data: Any, path: Path) -> Any:
    """The value at *path* in *data*, or MISSING, as `lookup` reads it."""
    value = _walk(data, path)
    if isinstance(value, list) and None in value:
        return [element for element in value if element is not None] or MISSING
    return value


def without_nulls(value: Any) -> Any:
    """*value* without keys and elements that are null, at any depth: null means the same as absent."""
    if isinstance(value, Mapping):
        return {key: without_nulls(element) for key, element in value.items() if element is not None}
    if isinstance(value, list):
        return [without_nulls(element) for element in value if element is not None]
    return value


def as_text(value: Any) -> str | None:
    """*value* if it is text, or a number as text; None for anything else. A whole number has no decimal places."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _walk(value: Any, path: Path) -> Any:
    for number, step in enumerate(path):
        if type(value) is dict or isinstance(value, Mapping):  # a look at the type before the slow one at the protocol
            value = value.get(step)
        elif isinstance(value, list) and _INDEX.fullmatch(step):
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, list):
            values: list[Any] = []
            for element in value:
                below = _walk(element, path[number:])
                if isinstance(below, list):
                    values += below
                elif below is not MISSING:
                    values.append(below)
            return values or MISSING
        else:
            return MISSING
        if value is None:
            return MISSING
    return value
