"""The values of an `emit`, from the YAML.

A text is a path, a list is a list, and a map is an object of values, unless it has one of the keys of FORMS. An object
with a field of such a name is written with dots: `data.file.path: x`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from gateway.config.mappings.keys import ValueKeys
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry
from gateway.errors import TemplateFailed
from gateway.mapping.conversions import ISO, UNIX, UNIX_MS
from gateway.mapping.focus import parse_payload_path
from gateway.messages.plain import compile_plain
from gateway.messages.template_paths import lookup_names
from gateway.model import (
    Below,
    Conversion,
    Convert,
    ConvertedValue,
    Cut,
    EachValue,
    FirstValue,
    JoinedValue,
    ListValue,
    LiteralValue,
    Lookup,
    LookupValue,
    ObjectValue,
    ParseJson,
    Path,
    PathValue,
    Problem,
    Split,
    Table,
    TemplateValue,
    TimeFormat,
    Value,
    ValueKind,
)
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import DocumentPath

USE = "use"
FORMS = ("path", "template", "literal", "lookup", "first", "each", USE)
"""Keys that make a map a value of its own kind, instead of an object of values."""
NEEDS = {"lookup": "key", "each": "value"}
"""By form: the key that must stand beside it."""
BELONGS_TO = {"key": ("lookup",), "value": ("each", "path"), "parse": ("path",)}
"""By key: the forms beside which alone it means something."""
BESIDE = {"ignore_case": "table", "zone": "format"}
"""By key: the key without which it means nothing."""
SOME_TIME = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
UNKNOWN: Value = LiteralValue(None)
"""Stands for a value that has a problem."""


@dataclass
class ValueReader:
    """Reads the values of one entry, and collects what is wrong with them."""

    entry: Entry
    timetable: Timetable
    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)
    named: Mapping[str, Entry] = field(default_factory=dict)
    """The `values` of the mapping."""
    using: tuple[str, ...] = ()
    """Names of those that lead here."""

    def read(self, place: DocumentPath, *, joins: bool = False) -> Value:
        """The value at *place*; with *joins* a list is the parts of a text."""
        value = self.entry.below(*place).value
        if isinstance(value, str):
            return self._path_value(place, value)
        if isinstance(value, list):
            parts = tuple(self.read((*place, number)) for number in range(len(value)))
            return JoinedValue(parts) if joins else ListValue(parts)
        if not isinstance(value, Mapping):
            text = self.entry.text(*place)
            return self._refuse(place, "a value is a path, or says what it is", f"write {{literal: {text}}}")
        form = next((key for key in FORMS if key in value), None)
        if form is None:
            return ObjectValue(tuple((name, self.read((*place, name))) for name in value))
        keys: Any = value
        return self._converted(place, keys, self._read_form(place, form, keys))

    def _refuse(self, place: DocumentPath, message: str, hint: str | None = None, *, key: bool = False) -> Value:
        self.problems.append(self.entry.problem(place, message, hint, key=key))
        return UNKNOWN

    def path(self, place: DocumentPath, text: str) -> Path | None:
        """The path *text*, or None when it is none."""
        try:
            return parse_payload_path(text)
        except ValueError as exc:
            self._refuse(place, str(exc))
            return None

    def _path_value(self, place: DocumentPath, text: str) -> Value:
        if "{{" in text or "{%" in text:
            return self._refuse(place, "a text is a path here", 'write {template: "..."}')
        path = self.path(place, text)
        return PathValue(path) if path else UNKNOWN

    def _read_form(self, place: DocumentPath, form: str, value: ValueKeys) -> Value:
        unknown = [key for key in value if key not in ValueKeys.__annotations__]
        for key in unknown:
            hint = did_you_mean(key, ValueKeys.__annotations__) or "write the fields of an object with dots"
            message = f"unknown key {quote(key)}: a map with `{form}` is a value, not an object of values"
            self._refuse((*place, key), message, hint, key=True)
        for key, forms in BELONGS_TO.items():
            if key in value and form not in forms:
                self._refuse((*place, key), f"`{key}` belongs beside `{forms[0]}`", key=True)
        others = [key for key in FORMS if key in value and key != form]
        if others:
            return self._refuse((*place, others[0]), f"`{form}` and `{others[0]}` exclude each other", key=True)
        if form in NEEDS and NEEDS[form] not in value:
            return self._refuse(place, f"`{form}` needs `{NEEDS[form]}` beside it")
        read: dict[str, Callable[[DocumentPath, ValueKeys], Value]] = {
            "path": lambda at, keys: self._path_value((*at, "path"), str(keys["path"])),
            "literal": lambda _, keys: LiteralValue(keys["literal"]),
            "template": self._template,
            "lookup": self._lookup_value,
            "first": self._first,
            "each": self._each,
            USE: self._use,
        }
        return read[form](place, value)

    def _template(self, place: DocumentPath, value: ValueKeys) -> Value:
        source, here = str(value["template"]), (*place, "template")
        try:
            compile_plain(source)
            names = lookup_names(source)
        except TemplateFailed as exc:
            return self._refuse(here, str(exc))
        lookups = [self._lookup(here, name) for name in names]
        return TemplateValue(source, tuple(lookup for lookup in lookups if lookup))

    def _lookup(self, place: DocumentPath, name: str) -> Lookup | None:
        if name in self.timetable.lookups:
            return self.timetable.lookups[name]
        hint = did_you_mean(name, self.timetable.lookups) or "declare it under `lookups:` in a file of routes/"
        self._refuse(place, f"unknown lookup {quote(name)}", hint)
        return None

    def _lookup_value(self, place: DocumentPath, value: ValueKeys) -> Value:
        lookup = self._lookup((*place, "lookup"), str(value["lookup"]))
        key = self.read((*place, "key"))
        return LookupValue(lookup, key) if lookup else UNKNOWN

    def _first(self, place: DocumentPath, value: ValueKeys) -> Value:
        alternatives: Any = value["first"]
        if not isinstance(alternatives, list) or not alternatives:
            return self._refuse((*place, "first"), "expected a list of values")
        return FirstValue(tuple(self.read((*place, "first", number)) for number in range(len(alternatives))))

    def _each(self, place: DocumentPath, value: ValueKeys) -> Value:
        path = self.path((*place, "each"), str(value["each"]))
        element = self.read((*place, "value"))
        return EachValue(path, element, str(value.get("split", ""))) if path else UNKNOWN

    def _use(self, place: DocumentPath, value: ValueKeys) -> Value:
        name = value["use"]
        if name in self.using:
            return self._refuse((*place, USE), f"the value {quote(name)} uses itself")
        if name not in self.named:
            hint = did_you_mean(str(name), self.named) or "declare it under `values:` of the mapping"
            return self._refuse((*place, USE), f"unknown value {quote(name)}", hint)
        return replace(self, entry=self.named[name], using=(*self.using, name)).read(())

    # ------------------------------------------------------------------ conversions

    def _converted(self, place: DocumentPath, value: ValueKeys, origin: Value) -> Value:
        for key, needed in BESIDE.items():
            if key in value and needed not in value:
                self._refuse((*place, key), f"`{key}` belongs beside `{needed}`", key=True)
        conversions = tuple(self._conversions(place, value))
        default = value.get("default")
        return ConvertedValue(origin, conversions, default) if conversions or default is not None else origin

    def _conversions(self, place: DocumentPath, value: ValueKeys) -> Iterator[Conversion]:
        """In the order in which they apply, whatever the order of the keys."""
        if "parse" in value and value["parse"] != "json":
            self._refuse((*place, "parse"), "the only thing that can be parsed is `json`")
        if "parse" in value:
            yield ParseJson()
        if "path" in value and "value" in value:
            yield Below(self.read((*place, "value")))
        if "after" in value or "before" in value:
            yield Cut(str(value.get("after", "")), str(value.get("before", "")))
        if "split" in value and "each" not in value:
            yield Split(str(value["split"]) or ",")
        if "table" in value:
            yield from self._table(place, value)
        if "format" in value:
            yield from self._time_format(place, value)
        if "as" in value:
            yield from self._kind(place, value["as"])

    def _table(self, place: DocumentPath, value: ValueKeys) -> Iterator[Conversion]:
        table: Any = value["table"]
        ignore_case: Any = value.get("ignore_case", False)
        if not isinstance(table, Mapping) or not table:
            self._refuse((*place, "table"), "expected a map from values to values, such as {CRITICAL: critical}")
        elif not isinstance(ignore_case, bool):
            self._refuse((*place, "ignore_case"), "ignore_case takes true or false")
        else:
            yield Table({key.casefold() if ignore_case else key: table[key] for key in table}, ignore_case)

    def _time_format(self, place: DocumentPath, value: ValueKeys) -> Iterator[Conversion]:
        notation: Any = value["format"]
        name: Any = value.get("zone")
        if not isinstance(notation, str) or (notation not in (ISO, UNIX, UNIX_MS) and "%" not in notation):
            hint = did_you_mean(str(notation), (ISO, UNIX, UNIX_MS)) or 'a pattern looks like "%d.%m.%Y %H:%M"'
            self._refuse((*place, "format"), "expected iso, unix, unix_ms, or a pattern", hint)
            return
        if "%" in notation and (fault := _fault_of_pattern(notation)):
            self._refuse((*place, "format"), fault)
            return
        zone = self.zone
        if name is not None:
            try:
                zone = ZoneInfo(name)
            except (KeyError, ValueError, OSError, TypeError):
                hint = "use an IANA name such as America/Denver"
                self._refuse((*place, "zone"), f"unknown timezone {quote(name)}", hint)
        yield TimeFormat(notation, zone)

    def _kind(self, place: DocumentPath, kind: Any) -> Iterator[Conversion]:
        if kind in get_args(ValueKind):
            yield Convert(kind)
        else:
            self._refuse((*place, "as"), f"expected {', '.join(get_args(ValueKind)[:-1])} or {get_args(ValueKind)[-1]}")


def _fault_of_pattern(pattern: str) -> str | None:
    """What is wrong with a pattern of `strptime`; None when it reads what it writes."""
    try:
        datetime.strptime(SOME_TIME.strftime(pattern), pattern)  # noqa: DTZ007 - only the pattern matters
    except (ValueError, re.error):
        return f"{quote(pattern)} is not a time pattern"
    return None
