"""Paths that a rule reads and no example has: probably misspelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.conditions.evaluate import paths_of
from gateway.mapping.focus import BODY, EACH, ROOTS, Focus
from gateway.messages.template_paths import variables
from gateway.model import (
    Below,
    ConvertedValue,
    EachValue,
    FirstValue,
    JoinedValue,
    ListValue,
    LookupValue,
    MappingRule,
    ObjectValue,
    Path,
    PathValue,
    Place,
    TemplateValue,
    Value,
)
from gateway.paths import MISSING, format_path
from gateway.suggestions import is_slip, nearest

Reading = tuple[Place, Path, Sequence[Focus]]
"""A path that a line of a rule reads, and the places of the examples where it starts."""


def unknown_paths(
    rule: MappingRule, foci: Sequence[Focus], *, is_shown: bool
) -> Iterator[tuple[Place, Path, str | None]]:
    """(place, path, did you mean) of every path of *rule* that none of *foci* has, not even with null.

    A rule that no example reaches (*is_shown* is false) is about payloads that nobody has shown: of it, only paths are
    reported that are a slip of the keyboard away from one that an example has.
    """
    for place, path, starts in _readings(rule, foci):
        data = [(focus.payload.body if path[0] == BODY else focus.data) for focus in starts]
        rest = path[1:] if path[0] in (BODY, EACH) else path
        # Examples say little of headers and the like, which somebody has to write beside them.
        if not data or path[0] in ROOTS[1:4] or any(_has(part, rest) for part in data):
            continue
        meant = _meant(path, rest, data, is_slip_only=not is_shown)
        if is_shown or meant:
            yield place, path, meant


def _readings(rule: MappingRule, foci: Sequence[Focus]) -> Iterator[Reading]:
    for path in sorted(paths_of(rule.when)):
        yield rule.place, path, foci
    for pattern in rule.emit:
        for field in pattern.fields:
            for path, starts in _paths_of(field.value, foci):
                yield field.place, path, starts


def _paths_of(value: Value, foci: Sequence[Focus]) -> Iterator[tuple[Path, Sequence[Focus]]]:
    """Each path that *value* reads, and where it starts: *foci*, or the elements of a list below them."""
    for part in _parts(value):
        yield from _paths_of(part, foci)
    match value:
        case PathValue():
            yield value.path, foci
        case TemplateValue():
            yield from ((path, foci) for path in variables(value.source))
        case EachValue():
            yield value.path, foci
            if not value.split:
                yield from _paths_of(value.value, _elements(value.path, foci))
        case ConvertedValue(value=PathValue(path), conversions=(Below(below), *_)):
            yield from _paths_of(below, _elements(path, foci))


def _parts(value: Value) -> Sequence[Value]:
    """The values inside *value* whose paths start where its own do."""
    match value:
        case FirstValue(parts) | ListValue(parts) | JoinedValue(parts):
            return parts
        case ObjectValue():
            return [field for _, field in value.fields]
        case LookupValue():
            return [value.key]
        case ConvertedValue():
            return [value.value]
        case _:
            return ()


def _elements(path: Path, foci: Sequence[Focus]) -> list[Focus]:
    """*foci* on what stands at *path*, or on each element of a list there."""
    below = []
    for focus in foci:
        value = focus.read(path)
        if value is not MISSING:
            below += [focus.on(element) for element in (value if isinstance(value, list) else [value])]
    return below


def _has(data: Any, path: Path) -> bool:
    """Whether *data* has something at *path*: null counts, and of a list any element."""
    if not path:
        return True
    if isinstance(data, Mapping):
        return path[0] in data and (data[path[0]] is None or _has(data[path[0]], path[1:]))
    if isinstance(data, list):
        if path[0].isdecimal():
            return int(path[0]) >= len(data) or _has(data[int(path[0])], path[1:])
        return not data or any(_has(element, path) for element in data)
    return False


def _meant(path: Path, rest: Path, data: Sequence[Any], *, is_slip_only: bool) -> str | None:
    """Did you mean the path with another name for its first step that no example has?"""
    before = path[: len(path) - len(rest)]
    for number, step in enumerate(rest):
        if any(_has(part, rest[: number + 1]) for part in data):
            continue
        for name in nearest(step, _keys_at(rest[:number], data), most=1):
            if is_slip_only and not is_slip(step, name):
                return None
            return f"did you mean {format_path((*before, *rest[:number], name, *rest[number + 1 :]))!r}?"
        return None
    return None


def _keys_at(path: Path, data: Sequence[Any]) -> set[str]:
    keys: set[str] = set()
    for part in data:
        steps, waiting = list(path), [part]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, Mapping) and steps:
                waiting.append(value.get(steps.pop(0)))
            elif isinstance(value, Mapping):
                keys |= value.keys()
    return keys
