"""Reads the values of an `emit` from the YAML.

A text is a path, a list is a list, and a map is an object of values, unless it has one of the keys in FORMS. An object
with a field of such a name is written with dots: `data.file.path: x`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config.mappings.conversions import read_conversions
from gateway.config.mappings.keys import ValueKeys
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections
from gateway.errors import TemplateFailed
from gateway.mapping.focus import parse_payload_path
from gateway.messages.plain import compile_plain
from gateway.messages.template_paths import lookup_names
from gateway.model import (
    ConvertedValue,
    DocumentPath,
    EachValue,
    FirstValue,
    JoinedValue,
    ListValue,
    LiteralValue,
    Lookup,
    LookupValue,
    ObjectValue,
    Path,
    PathValue,
    Problem,
    TemplateValue,
    Value,
)
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

USE = "use"
FORMS = ("path", "template", "literal", "lookup", "first", "each", USE)
"""Keys that make a map a special kind of value instead of an object of values."""
NEEDS = {"lookup": "key", "each": "value"}
"""For each of these kinds, the key that it requires."""
BELONGS_TO = {"key": ("lookup",), "value": ("each", "path"), "parse": ("path",)}
"""For a key, the kinds of value that may have it."""
BESIDE = {"ignore_case": "table", "zone": "format"}
"""For a key, another key that it requires."""
UNKNOWN: Value = LiteralValue(None)
"""In place of a value that has a problem."""


@dataclass
class ValueReader:
    """Reads the values of one entry, and collects their problems."""

    entry: Entry
    sections: Sections
    timetable: Timetable
    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)
    named: Mapping[str, Entry] = field(default_factory=dict)
    """The `values` of the mapping."""
    using: tuple[str, ...] = ()
    """Names of the values whose definitions led here."""

    def read(self, place: DocumentPath, *, joins: bool = False) -> Value:
        """The value at *place*; with *joins*, a list means the parts of a text."""
        value = self.entry.below(*place).value
        if isinstance(value, str):
            return self._path_value(place, value)
        if isinstance(value, list):
            parts = tuple(self.read((*place, number)) for number in range(len(value)))
            return JoinedValue(parts) if joins else ListValue(parts)
        if not isinstance(value, Mapping):
            text = self.entry.text(*place)
            return self._refuse(
                place, "expected a path, or a map that says what kind of value it is", f"write {{literal: {text}}}"
            )
        form = next((key for key in FORMS if key in value), None)
        if form is None:
            return ObjectValue(tuple((name, self.read((*place, name))) for name in value))
        keys: Any = value
        origin = self._read_form(place, form, keys) if self._has_valid_keys(place, form, keys) else UNKNOWN
        below = self.read((*place, "value")) if "path" in keys and "value" in keys else None
        conversions = read_conversions(self.entry.below(*place), below, self.zone, self.problems)
        default = keys.get("default")
        return ConvertedValue(origin, conversions, default) if conversions or default is not None else origin

    def _refuse(self, place: DocumentPath, message: str, hint: str | None = None, *, key: bool = False) -> Value:
        self.problems.append(self.entry.problem(place, message, hint, key=key))
        return UNKNOWN

    def path(self, place: DocumentPath, text: str) -> Path | None:
        """The path *text*; None if it is not a path."""
        try:
            return parse_payload_path(text)
        except ValueError as exc:
            self._refuse(place, str(exc))
            return None

    def _path_value(self, place: DocumentPath, text: str) -> Value:
        if "{{" in text or "{%" in text:
            return self._refuse(place, "text is read as a path here", 'write {template: "..."}')
        path = self.path(place, text)
        return PathValue(path) if path else UNKNOWN

    def _has_valid_keys(self, place: DocumentPath, form: str, value: ValueKeys) -> bool:
        """Whether the keys of a value fit together. Reports all that have no meaning beside *form*."""
        for key in value:
            if key not in ValueKeys.__annotations__:
                hint = did_you_mean(key, ValueKeys.__annotations__) or "write the fields of an object with dots"
                message = f"unknown key {quote(key)}: a map with `{form}` is a value, not an object of values"
                self._refuse((*place, key), message, hint, key=True)
        for key, forms in BELONGS_TO.items():
            if key in value and form not in forms:
                self._refuse((*place, key), f"`{key}` belongs beside `{forms[0]}`", key=True)
        for key, needed in BESIDE.items():
            if key in value and needed not in value:
                self._refuse((*place, key), f"`{key}` belongs beside `{needed}`", key=True)
        other = next((key for key in FORMS if key in value and key != form), None)
        if other:
            self._refuse((*place, other), f"`{form}` and `{other}` exclude each other", key=True)
        is_alone = form in NEEDS and NEEDS[form] not in value
        if is_alone and not other:
            self._refuse(place, f"`{form}` needs `{NEEDS[form]}` beside it")
        return not other and not is_alone

    def _read_form(self, place: DocumentPath, form: str, value: ValueKeys) -> Value:
        match form:
            case "path":
                return self._path_value((*place, "path"), str(value["path"]))
            case "literal":
                return LiteralValue(value["literal"])
            case "template":
                source, here = str(value["template"]), (*place, "template")
                try:
                    compile_plain(source)
                    lookups = [self._lookup(here, name) for name in lookup_names(source)]
                except TemplateFailed as exc:
                    return self._refuse(here, str(exc))
                return TemplateValue(source, tuple(lookup for lookup in lookups if lookup))
            case "lookup":
                lookup = self._lookup((*place, "lookup"), str(value["lookup"]))
                key = self.read((*place, "key"))
                return LookupValue(lookup, key) if lookup else UNKNOWN
            case "first":
                alternatives: Any = value["first"]
                if not isinstance(alternatives, list) or not alternatives:
                    return self._refuse((*place, "first"), "expected a list of values")
                return FirstValue(tuple(self.read((*place, "first", number)) for number in range(len(alternatives))))
            case "each":
                path = self.path((*place, "each"), str(value["each"]))
                element = self.read((*place, "value"))
                return EachValue(path, element, str(value.get("split", ""))) if path else UNKNOWN
            case _:
                return self._use(place, value)

    def _lookup(self, place: DocumentPath, name: str) -> Lookup | None:
        if name in self.timetable.lookups:
            return self.timetable.lookups[name]
        if unknown := self.sections.unknown("lookups", name):
            self._refuse(place, *unknown)
        return None

    def _use(self, place: DocumentPath, value: ValueKeys) -> Value:
        name = value["use"]
        if name in self.using:
            return self._refuse((*place, USE), f"the value {quote(name)} uses itself")
        if name not in self.named:
            hint = did_you_mean(str(name), self.named) or "declare it under `values:` of the mapping"
            return self._refuse((*place, USE), f"unknown value {quote(name)}", hint)
        # The copy adds to the same list of problems.
        return replace(self, entry=self.named[name], using=(*self.using, name)).read(())
