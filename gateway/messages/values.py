"""How a template reads and shows the JSON values of an event.

A value that is absent or null is false, an empty list, and a placeholder where it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gateway.messages import words
from gateway.messages.absent import Absent
from gateway.messages.budget import STEPS_PER_CALL, spend

MAX_CHARACTERS = 64 * 1024
"""The longest text that a template or a filter produces."""
MAX_DIGITS = 100
"""The longest integer that is shown in full. Python refuses to write one of more than 4,300 digits."""
BITS_PER_DIGIT = 4
"""Rounded up, so that no number with fewer digits is shortened."""
MAX_WHOLE = 1e15
"""Up to this limit a float is exact, and a whole one is written without its `.0`."""
NAME = "name"
NAMING_FIELDS = (NAME, "email", "id")
"""The fields that may name an object, the best first."""


def show(value: Any) -> str:
    """*value* for a reader: `yes` or `no`, a list with commas, a person or thing by its name."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return words.current().yes if value else words.current().no
    if isinstance(value, int):
        return str(value) if value.bit_length() <= MAX_DIGITS * BITS_PER_DIGIT else f"{Decimal(value):.6E}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_WHOLE else str(value)
    if isinstance(value, list | tuple):
        return join(value, ", ")
    if isinstance(value, Mapping):
        name = name_of(value)
        return words.current().not_given if name is None else show(name)
    return words.current().not_given if value is None else str(value)


def name_of(value: Mapping[str, Any]) -> Any:
    """The name of a person or thing; None if it has none."""
    names = (value.get(field) for field in NAMING_FIELDS)
    return next((name for name in names if name is not None and not isinstance(name, Mapping | list)), None)


def join(values: Any, separator: str = "", attribute: str | None = None) -> str:
    """The elements of a list, or the *attribute* (a dotted path) of each, with *separator* between them."""
    separator = show(separator)
    shown: list[str] = []
    length = 0
    for element in as_list(values):
        spend(STEPS_PER_CALL)
        value = read_path(element, attribute) if attribute else element
        if value is None or isinstance(value, Absent):
            continue
        shown.append(show(value))
        length += len(shown[-1]) + len(separator)
        if length > MAX_CHARACTERS:
            break
    return separator.join(shown)[:MAX_CHARACTERS]


def as_list(value: Any) -> Sequence[Any]:
    """A list unchanged, an absent value as an empty list, anything else as a list of one."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Absent) or value is None:
        return ()
    return list(value) if isinstance(value, Iterator) else (value,)


def read(value: Any, name: Any) -> Any:
    """The field *name* of an object, or the element of a list at that index; None if there is none.

    A person may be an object or only a name; `name` reads the best name in both cases.
    """
    if isinstance(value, Mapping):
        field = value.get(name) if isinstance(name, str) else None
        return name_of(value) if field is None and name == NAME else field
    if isinstance(value, list | tuple):
        return value[name] if isinstance(name, int) and -len(value) <= name < len(value) else None
    is_name = isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)
    return value if name == NAME and is_name else None


def read_path(value: Any, path: str) -> Any:
    """The value at the dotted *path* below *value*; None if there is none."""
    for step in path.split("."):
        value = read(value, step)
    return value
