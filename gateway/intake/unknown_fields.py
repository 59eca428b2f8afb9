"""Finds fields that an event has but nothing declares: a typing error, or a field that the catalogue lacks.

An unknown attribute of the envelope that resembles a known one is an error; any other is an extension, which
CloudEvents 1.0 allows. Unknown fields of the data are accepted, and the answer warns of them: a source may send more
than the catalogue needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import Any

from gateway.config.catalog import data_paths
from gateway.intake.validate import ENVELOPE, shown_pointer
from gateway.model import Config, Event, Path
from gateway.per_config import PerConfig
from gateway.suggestions import did_you_mean, is_slip

MAX_WARNINGS = 20
"""How many unknown fields one answer names."""
MAX_REMEMBERED = 1_000
"""How many fields are remembered in one place; a source can invent any number of names."""
MAX_COMPARED = 64
"""How many characters of a posted name are compared with known names."""

Warning = Mapping[str, str]
"""`{pointer, code, detail, hint?}`, like an error of a problem document; the pointer starts at the event."""


class _Declared:
    """A place in the data of one event type, with the declared fields below it that events have had so far."""

    __slots__ = ("fields", "hints")

    def __init__(self) -> None:
        self.fields: dict[str, _Declared] = {}
        self.hints: dict[str, str | None] = {}
        """The hints for undeclared fields that events have had; sources mostly repeat the same fields."""


class KnownFields:
    """What the schemas of one configuration declare. Thread-safe: at worst, two threads look up the same field."""

    def __init__(self, config: Config) -> None:
        self._catalog = config.catalog
        self._attributes = list(config.catalog.schemas[ENVELOPE]["properties"])
        self._known = frozenset(self._attributes)
        self._by_type: dict[str, _Declared] = {}

    def misspelt_attributes(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        """An error for each unknown attribute of *document* that resembles a known one which the document lacks."""
        errors = []
        for name in sorted(document.keys() - self._known):
            missing = (known for known in self._attributes if known not in document)
            meant = next((known for known in missing if is_slip(name[:MAX_COMPARED], known)), None)
            if meant:
                error = {"pointer": shown_pointer([name]), "code": "unknown-attribute", "detail": "no such attribute"}
                errors.append({**error, "hint": f"did you mean {meant!r}?"})
        return errors

    def undeclared(self, event: Event) -> tuple[Warning, ...]:
        """A warning for each field of *event*'s data that its schema does not declare, up to MAX_WARNINGS."""
        root = self._by_type.get(event.type)
        if root is None:
            root = self._by_type.setdefault(event.type, _Declared())
        if _is_declared(event.data, root):
            return ()
        return tuple(islice(self._undeclared(event.type, event.data, root, (), ()), MAX_WARNINGS))

    def _undeclared(
        self, event_type: str, value: Any, declared: _Declared, path: Path, place: tuple[str | int, ...]
    ) -> Iterator[Warning]:
        """The warnings for *value* at *place*; *path* is the place without the indexes of list elements.

        Adds what it has looked up to *declared*, so that the next similar event needs no lookup.
        """
        if isinstance(value, list):  # the schema of the items declares the fields of every element
            for number, element in enumerate(value):
                yield from self._undeclared(event_type, element, declared, path, (*place, number))
        elif isinstance(value, Mapping):
            for name, below in value.items():
                field = declared.fields.get(name)
                if field is None and name in declared.hints:
                    yield _warning((*place, name), declared.hints[name])
                    continue
                if field is None:
                    schema = self._catalog.events[event_type].schema
                    unknown = data_paths.unknown_step(schema, (*path, name), self._catalog.schemas)
                    if unknown:
                        hint = did_you_mean(name[:MAX_COMPARED], unknown.names)
                        if len(declared.hints) < MAX_REMEMBERED and len(name) <= MAX_COMPARED:
                            declared.hints[name] = hint
                        yield _warning((*place, name), hint)
                        continue
                    field = _Declared()
                    if len(declared.fields) < MAX_REMEMBERED:
                        declared.fields[name] = field
                yield from self._undeclared(event_type, below, field, (*path, name), (*place, name))


def _is_declared(value: Any, declared: _Declared) -> bool:
    """Whether every field of *value* is remembered in *declared*; takes about a microsecond for ten fields."""
    if type(value) is list:
        return all(_is_declared(element, declared) for element in value)
    if type(value) is dict:
        fields = declared.fields
        for name, below in value.items():
            field = fields.get(name)
            if field is None or (type(below) in (dict, list) and not _is_declared(below, field)):
                return False
    return True


def _warning(place: tuple[str | int, ...], hint: str | None) -> Warning:
    detail = "the event type declares no such field: no condition and no text can use it"
    warning = {"pointer": shown_pointer(("data", *place)), "code": "unknown-field", "detail": detail}
    return {**warning, "hint": hint} if hint else warning


known_fields = PerConfig(KnownFields, basis=attrgetter("catalog"))


def unknown_fields(event: Event, config: Config) -> tuple[Warning, ...]:
    """The warnings for *event*; almost every event has none."""
    return known_fields.of(config).undeclared(event)
