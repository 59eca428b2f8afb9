"""The values of an `emit`: where each comes from in a payload, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gateway.model.conditions import Path
from gateway.model.schedules import Lookup

ValueKind = Literal["text", "number", "boolean", "list"]


@dataclass(frozen=True, slots=True)
class PathValue:
    """The value at a path of the payload."""

    path: Path


@dataclass(frozen=True, slots=True)
class LiteralValue:
    value: Any


@dataclass(frozen=True, slots=True)
class TemplateValue:
    """A text rendered by a template, in the same sandbox as messages."""

    source: str
    lookups: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class LookupValue:
    """The value of a lookup for a key."""

    lookup: Lookup
    key: Value


@dataclass(frozen=True, slots=True)
class FirstValue:
    """The first of several values that is not missing."""

    alternatives: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list of the values that are not missing."""

    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class JoinedValue:
    """A text: all parts, joined by colons. It is missing if one part is missing."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An object of the fields that are not missing. It is missing if all of them are."""

    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class EachValue:
    """A list with *value* for each element of the list at *path*; inside *value*, bare paths start at the element."""

    path: Path
    value: Value
    split: str = ""
    """Separates the elements of a text; empty: the text is one element."""


@dataclass(frozen=True, slots=True)
class Split:
    """Splits a text into a list of its parts, without surrounding spaces and without empty parts."""

    at: str


@dataclass(frozen=True, slots=True)
class ParseJson:
    """Parses the JSON in a text."""


@dataclass(frozen=True, slots=True)
class Below:
    """Evaluates *value*, whose bare paths start at the result so far."""

    value: Value


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a text after *after* and before *before*; empty means from the beginning, or to the end."""

    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Replaces a value by its entry in a table."""

    entries: Mapping[str, Any]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """Converts a moment in the sender's notation to ISO 8601 with an offset."""

    notation: str
    """`iso`, `unix`, `unix_ms`, or a pattern of `strptime`."""
    zone: ZoneInfo
    """The zone of times without an offset."""
    is_moment: bool = False
    """Whether a date without a time means its beginning."""


@dataclass(frozen=True, slots=True)
class Convert:
    """Converts between kinds: a number to text, text to a number, a value to a list of one, and so on."""

    to: ValueKind


@dataclass(frozen=True, slots=True)
class AmountFormat:
    """Converts a text such as `$1,234.50` to `1234.50`, which stays a text so that no digit is lost."""

    decimal: str
    """The decimal separator."""


Conversion = ParseJson | Below | Cut | Split | AmountFormat | Table | TimeFormat | Convert


@dataclass(frozen=True, slots=True)
class ConvertedValue:
    """*value* after all *conversions*; *default* if it is missing, or the last table has no entry for it."""

    value: Value
    conversions: tuple[Conversion, ...]
    default: Any = None


Value = (
    PathValue
    | LiteralValue
    | TemplateValue
    | LookupValue
    | FirstValue
    | ListValue
    | JoinedValue
    | ObjectValue
    | EachValue
    | ConvertedValue
)
