"""Mappings: what a sender posted, and the rules that say which events it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gateway.model.conditions import ALWAYS, Condition, ConditionIndex, Path
from gateway.model.problems import Place
from gateway.model.schedules import Lookup, Schedule

InputFormat = Literal["json", "form", "xml", "text"]
Otherwise = Literal["keep", "refuse", "ignore"]
ValueKind = Literal["text", "number", "boolean", "list"]


@dataclass(frozen=True, slots=True)
class Payload:
    """What a sender posted, as far as a mapping can read it."""

    body: Any
    """JSON data; of a body that is plain text, that text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name, in lower case."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """What follows the source's own address in the path of the URL, without its key."""


# ------------------------------------------------------------------ values


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


# ------------------------------------------------------------------ rules


@dataclass(frozen=True, slots=True)
class MappedField:
    """One line of an `emit`: where a value goes in the event's document (`("data", "alert", "id")`)."""

    path: Path
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class EventPattern:
    """An event that a rule emits."""

    type: str
    fields: tuple[MappedField, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MappingRule:
    name: str
    place: Place
    when: Condition = ALWAYS
    during: tuple[Schedule, ...] = ()
    """The rule applies only inside one of these; empty: at any time."""
    not_during: tuple[Schedule, ...] = ()
    emit: tuple[EventPattern, ...] = ()
    ignore: str | None = None
    """Why payloads that this rule takes mean no event; None: they mean those of *emit*."""


@dataclass(frozen=True, slots=True)
class Dedupe:
    """How long the same payload counts as a duplicate when its event has no id."""

    window: timedelta = timedelta(minutes=10)
    by: tuple[Path, ...] = ()
    """What makes two payloads the same; empty: the whole of what the event was made from."""


@dataclass(frozen=True, slots=True)
class MappingExample:
    """A payload that stands beside a mapping, and what must come of it."""

    place: Place
    expects: tuple[Mapping[str, Any], ...] | Literal["ignored", "unmapped"]
    """Parts of the events, in order."""
    body: Any = None
    file: str | None = None
    """Its path starts in the folder of the YAML file."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """What the payloads of a source mean."""

    rules: tuple[MappingRule, ...]
    """In order: the first that matches decides."""
    index: ConditionIndex
    """The index of the rules' conditions."""
    zone: ZoneInfo
    """Of times that have no offset."""
    format: InputFormat = "json"
    each: Path | None = None
    """Where in the body the list is whose elements are mapped one by one; None: the body as a whole is mapped."""
    json_in: tuple[Path, ...] = ()
    """Texts in the body that hold JSON; the rules see what they hold."""
    otherwise: Otherwise = "keep"
    dedupe: Dedupe = Dedupe()
    examples: tuple[MappingExample, ...] = ()
