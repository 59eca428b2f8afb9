"""Finds paths that a rule reads but no example has; they are probably misspelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.conditions.evaluate import paths_of
from gateway.mapping.focus import BESIDE_BODY, BODY, EACH, Focus
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


def unknown_paths(
    rule: MappingRule, foci: Sequence[Focus], *, is_shown: bool
) -> Iterator[tuple[Place, Path, str | None]]:
    """Place, path and hint for every path of *rule* that none of *foci* has, not even with null.

    A rule that no example reaches (*is_shown* is false) reads payloads that nobody has shown. Only those of its paths
    are reported that look like a misspelling of a path in an example.
    """
    readings = [(rule.place, path, foci) for path in sorted(paths_of(rule.when))]
    for field in (field for pattern in rule.emit for field in pattern.fields):
        readings += [(field.place, path, starts) for path, starts in _paths_of(field.value, foci)]
    for place, path, starts in readings:
        data = [(focus.payload.body if path[0] == BODY else focus.data) for focus in starts]
        data_path = path[1:] if path[0] in (BODY, EACH) else path
        # Examples rarely contain headers and the like, which have to be written beside the body.
        if not data or path[0] in BESIDE_BODY or any(_has(part, data_path) for part in data):
            continue
        hint = _did_you_mean(path, data_path, data, is_slip_only=not is_shown)
        if is_shown or hint:
            yield place, path, hint


def _paths_of(value: Value, foci: Sequence[Focus]) -> Iterator[tuple[Path, Sequence[Focus]]]:
    """Each path that *value* reads, and where it starts: *foci*, or the elements of a list in them."""
    parts: Sequence[Value] = ()
    match value:
        case PathValue():
            yield value.path, foci
        case TemplateValue():
            yield from ((path, foci) for path in variables(value.source))
        case FirstValue(values) | ListValue(values) | JoinedValue(values):
            parts = values
        case ObjectValue():
            parts = [field for _, field in value.fields]
        case LookupValue():
            parts = [value.key]
        case EachValue():
            yield value.path, foci
            yield from () if value.split else _paths_of(value.value, _elements(value.path, foci))
        case ConvertedValue():
            parts = [value.value]
            if isinstance(value.value, PathValue) and value.conversions and isinstance(value.conversions[0], Below):
                yield from _paths_of(value.conversions[0].value, _elements(value.value.path, foci))
    for part in parts:
        yield from _paths_of(part, foci)


def _elements(path: Path, foci: Sequence[Focus]) -> list[Focus]:
    """*foci* narrowed to the value at *path*, or to each element if it is a list."""
    below = []
    for focus in foci:
        value = focus.read(path)
        if value is not MISSING:
            below += [focus.on(element) for element in (value if isinstance(value, list) else [value])]
    return below


def _has(data: Any, path: Path) -> bool:
    """Whether *data* has a value at *path*; null counts, and one element of a list suffices."""
    # Null, an empty list and a list that is too short say nothing about the values there, so any path below may exist.
    if not path:
        return True
    if isinstance(data, Mapping):
        return path[0] in data and (data[path[0]] is None or _has(data[path[0]], path[1:]))
    if isinstance(data, list):
        if path[0].isdecimal():
            return int(path[0]) >= len(data) or _has(data[int(path[0])], path[1:])
        return not data or any(_has(element, path) for element in data)
    return False


def _did_you_mean(path: Path, data_path: Path, data: Sequence[Any], *, is_slip_only: bool) -> str | None:
    """A hint with *path* corrected at its first unknown step; *data_path* is the part of the path within *data*."""
    for number, step in enumerate(data_path):
        if any(_has(part, data_path[: number + 1]) for part in data):
            continue
        keys = set().union(*(_keys_at(part, data_path[:number]) for part in data))
        name = next(iter(nearest(step, keys, most=1)), None)
        if name is None or (is_slip_only and not is_slip(step, name)):
            return None
        before = path[: len(path) - len(data_path)]
        return f"did you mean {format_path((*before, *data_path[:number], name, *data_path[number + 1 :]))!r}?"
    return None


def _keys_at(data: Any, path: Path) -> set[str]:
    """The keys of the objects at *path* in *data*; in a list, those of every element, or of the numbered one."""
    if isinstance(data, list):
        if path and path[0].isdecimal():
            data, path = data[int(path[0]) : int(path[0]) + 1], path[1:]
        return {key for element in data for key in _keys_at(element, path)}
    if isinstance(data, Mapping):
        return _keys_at(data.get(path[0]), path[1:]) if path else set(data)
    return set()
