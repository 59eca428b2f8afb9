"""Reads the events that a rule emits: their fields must be declared, and are converted to the type of their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config.catalog.data_paths import Documents, Unknown
from gateway.config.catalog.shape import Shape
from gateway.config.conditions import suggested_path
from gateway.config.mappings.keys import EmitKeys
from gateway.config.mappings.known import Known
from gateway.config.mappings.values import USE, ValueReader
from gateway.config.sections import Entry
from gateway.mapping.conversions import ISO
from gateway.model import (
    Convert,
    ConvertedValue,
    DocumentPath,
    EventPattern,
    EventType,
    LiteralValue,
    MappedField,
    ObjectValue,
    Path,
    PathValue,
    Problem,
    Severity,
    Table,
    TimeFormat,
    Value,
    ValueKind,
)
from gateway.paths import format_path, parse_path
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

DATA = "data"
KINDS: Mapping[frozenset[str], ValueKind] = {
    frozenset({"string"}): "text",
    frozenset({"number"}): "number",
    frozenset({"integer"}): "number",
    frozenset({"boolean"}): "boolean",
    frozenset({"array"}): "list",
}
"""For the types in a schema, the kind to which a value is converted without being told."""
JOINED = ("id", "subject")
"""Keys under which a list means the parts of a text."""


def read_pattern(entry: Entry, known: Known, problems: list[Problem]) -> EventPattern | None:
    value: EmitKeys = entry.value
    event_type = known.catalog.events.get(value["type"])
    if event_type is None:
        hint = did_you_mean(value["type"], known.catalog.events)
        problems.append(entry.problem(("type",), f"unknown event type {quote(value['type'])}", hint))
        return None
    reader = ValueReader(entry, known.sections, known.timetable, known.zone, named=known.values)
    fields: list[Placed] = []
    for key in value:
        if key == "type":
            continue
        try:
            path = parse_path(key)
        except ValueError as exc:
            problems.append(entry.problem((key,), str(exc), key=True))
            continue
        read = reader.read((key,), joins=key in JOINED)
        fields += _flattened(entry, (key,), path, read)
    problems += reader.problems
    problems += _check_fields(entry, fields, event_type, known)
    typed = (replace(field, value=_typed(field, event_type, known.documents, known.zone)) for _, field in fields)
    return EventPattern(event_type.name, tuple(typed), entry.place)


Placed = tuple[DocumentPath, MappedField]
"""A field, and the place of its value below its `emit`."""


def _flattened(entry: Entry, place: DocumentPath, path: Path, value: Value) -> list[Placed]:
    """A field for each value in an object of values, so that each has the place of its own line."""
    if not isinstance(value, ObjectValue):
        return [(place, MappedField(path, value, entry.document.key_at(*entry.path, *place)))]
    is_used = USE in entry.below(*place).value  # its fields are written elsewhere then
    return [
        field
        for name, inner in value.fields
        for field in _flattened(entry, place if is_used else (*place, name), (*path, *parse_path(name)), inner)
    ]


def _check_fields(entry: Entry, fields: list[Placed], event_type: EventType, known: Known) -> Iterator[Problem]:
    """Fields that the type does not declare, and fields that are set twice."""
    shape = Shape.of(event_type)
    for number, (place, field) in enumerate(fields):
        for _, other in fields[:number]:
            if field.path[: len(other.path)] == other.path or other.path[: len(field.path)] == field.path:
                message = (
                    f"{quote(format_path(field.path))} is set on line {other.place.line} as well, in whole or in part"
                )
                yield entry.problem(place, message, "set it once", key=True)
                break
        if field.path == ("severity",):
            yield from _check_severity(entry, place, field.value)
        if field.path[0] != DATA or len(field.path) == 1:
            continue
        data_path = field.path[1:]
        if unknown := shape.unknown_step(data_path, known.documents):
            hint = suggested_path(field.path, Unknown(unknown.place + 1, unknown.names))
            hint = hint or (f"it has {', '.join(unknown.names[:12])}" if unknown.names else None)
            message = f"the data of {event_type.name} has no field {quote(format_path(data_path))}"
            yield entry.problem(place, message, hint, key=True)


def _check_severity(entry: Entry, place: DocumentPath, value: Value) -> Iterator[Problem]:
    """Severities that do not exist, and severities written as paths."""
    names = list(Severity)
    if isinstance(value, PathValue) and format_path(value.path) in names:
        text = format_path(value.path)
        yield entry.problem(place, f"{quote(text)} is a path here", f"write {{literal: {text}}}")
    values: list[tuple[DocumentPath, Any]] = []
    if isinstance(value, LiteralValue) and value.value is not None:
        values = [((*place, "literal"), value.value)]
    if isinstance(value, ConvertedValue):
        tables = [conversion for conversion in value.conversions if isinstance(conversion, Table)]
        values = [((*place, "table"), entry_value) for table in tables[-1:] for entry_value in table.entries.values()]
        values += [((*place, "default"), value.default)] if value.default is not None else []
    for at, severity in values:
        if severity not in names:
            hint = did_you_mean(str(severity), names) or f"expected one of {', '.join(names)}"
            yield entry.problem(at, f"unknown severity {quote(severity)}", hint)


def _typed(field: MappedField, event_type: EventType, documents: Documents, zone: ZoneInfo) -> Value:
    """The value of *field*, converted to the type of its place in the event, if there is only one."""
    value = field.value
    converted = value if isinstance(value, ConvertedValue) else ConvertedValue(value, ())
    conversions = converted.conversions
    if field.path == ("time",):
        moments = [replace(part, is_moment=True) if isinstance(part, TimeFormat) else part for part in conversions]
        if not any(isinstance(part, TimeFormat) for part in moments):
            moments.append(TimeFormat(ISO, zone, is_moment=True))
        return replace(converted, conversions=tuple(moments))
    if field.path[0] != DATA or len(field.path) == 1 or isinstance(value, LiteralValue):
        return value
    types = frozenset(Shape.of(event_type).named_at(field.path[1:], "type", documents)) - {"null"}
    kind = KINDS.get(types)
    if kind is None or any(isinstance(part, Convert) for part in conversions):
        return value
    return replace(converted, conversions=(*conversions, Convert(kind)))
