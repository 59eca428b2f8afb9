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
    """A text that a template renders; it runs in the sandbox of messages."""

    source: str
    lookups: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class LookupValue:
    """What a lookup has for a key."""

    lookup: Lookup
    key: Value


@dataclass(frozen=True, slots=True)
class FirstValue:
    """The first of several values that is there."""

    alternatives: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list of the values that are there."""

    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class JoinedValue:
    """A text: all parts with a colon between them. It is missing when a part is missing."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An object of the fields that are there. It is missing when all of them are."""

    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class EachValue:
    """A list: *value* once for each element of the list at *path*, with that element as the place of bare paths."""

    path: Path
    value: Value
    split: str = ""
    """Between the elements of a text; empty: the text is one element."""


@dataclass(frozen=True, slots=True)
class Split:
    """A text becomes the list of its parts, without blanks around them and without empty ones."""

    at: str


@dataclass(frozen=True, slots=True)
class ParseJson:
    """A text that holds JSON becomes what it says."""


@dataclass(frozen=True, slots=True)
class Below:
    """*value*, whose bare paths start in what is there so far."""

    value: Value


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a text that follows *after* and precedes *before*; empty: from the beginning, to the end."""

    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One value in place of another."""

    entries: Mapping[str, Any]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A moment in the sender's notation becomes ISO 8601 with an offset."""

    notation: str
    """`iso`, `unix`, `unix_ms`, or a pattern of `strptime`."""
    zone: ZoneInfo
    """Of times that have no offset."""
    is_moment: bool = False
    """A date without a time means its beginning."""


@dataclass(frozen=True, slots=True)
class Convert:
    """A number becomes text, a text a number, one value a list of one, ..."""

    to: ValueKind


@dataclass(frozen=True, slots=True)
class AmountFormat:
    """A text such as `$1,234.50` becomes `1234.50`: still a text, so that no digit is lost."""

    decimal: str
    """What separates the decimals."""


Conversion = ParseJson | Below | Cut | Split | AmountFormat | Table | TimeFormat | Convert


@dataclass(frozen=True, slots=True)
class ConvertedValue:
    """*value* after all *conversions*, or *default* when it is missing or the last table does not have it."""

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
