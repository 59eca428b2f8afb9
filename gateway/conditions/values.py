"""Compares single values: equality, order, containment and globs. Also quotes values in reasons."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from gateway.memo import memoize_small
from gateway.model import Path, Severity
from gateway.numbers import parse_number
from gateway.times import moment_of

MAX_SHOWN = 60
"""Length, in characters, to which a reason cuts a value."""
MAX_MATCHED = 4096
"""How many characters of a text a glob is matched against: with several `*`, the time grows with a power of them."""
IGNORED_IN_SPELLING = "ZPC"
"""Unicode categories: separators, punctuation, control and format characters."""
SEVERITY: Path = ("event", "severity")


def is_equal(value: Any, operand: Any) -> bool:
    """JSON equality: true is not 1, and text is not a number."""
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    return bool(value == operand)


def fold(value: Any) -> Any:
    """The text *value*, or each text in a list or tuple, case-folded."""
    if isinstance(value, str):
        return value.casefold()
    return type(value)(map(fold, value)) if isinstance(value, list | tuple) else value


@memoize_small(len)
def spelling(text: str) -> str:
    """A normal form of a state's name: `In Progress`, `in-progress` and `IN_PROGRESS.` have the same.

    Spaces, punctuation and invisible characters are ignored; wide letters and ligatures count as plain letters (NFKC).
    """
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in normal if unicodedata.category(char)[0] not in IGNORED_IN_SPELLING)


def is_among(value: Any, spellings: Sequence[str]) -> bool:
    """Whether *value* is a text and one of *spellings*, ignoring differences in spelling."""
    return isinstance(value, str) and spelling(value) in map(spelling, spellings)


def contains(value: Any, operand: Any) -> bool:
    """Whether a text contains *operand*, or a list has it as an element."""
    if isinstance(value, str):
        return isinstance(operand, str) and operand in value
    return isinstance(value, list) and any(is_equal(element, operand) for element in value)


def matches(value: Any, glob: str) -> bool:
    """Whether the text or number *value* matches *glob*. Only the first MAX_MATCHED characters are looked at."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return fnmatchcase(str(value)[:MAX_MATCHED], glob)


def in_order(value: Any, path: Path, zone: tzinfo) -> int | Decimal | datetime | None:
    """The sort key of *value*, which was read from *path*: the rank of a severity, a number, or a moment.

    None if it has no order. A time without an offset is taken as one in *zone*.
    """
    if path == SEVERITY:
        return Severity(value).rank if value in list(Severity) else None
    number = parse_number(value)
    return moment_of(value, zone) if number is None else number


def compare(value: Any, operand: Any, path: Path, zone: tzinfo) -> int | None:
    """-1, 0 or 1 if *value*, which was read from *path*, is less than, equal to or greater than *operand*.

    None if the two are of different kinds, or have no order.
    """
    left, right = in_order(value, path, zone), in_order(operand, path, zone)
    if left is None or right is None or type(left) is not type(right):
        return None
    return (left > right) - (left < right)  # type: ignore[operator] # both are of one type


def quote(value: Any) -> str:
    """*value* as a reason shows it: printable, and at most MAX_SHOWN characters."""
    if isinstance(value, list):
        text = f"[{', '.join(quote(element) for element in value[:MAX_SHOWN])}]"
    else:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "?" for char in text[: 2 * MAX_SHOWN])
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "\u2026"


def quote_all(values: Sequence[Any]) -> str:
    return " or ".join(quote(value) for value in values)
