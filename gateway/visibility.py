"""Which parts of an event's data people outside the company may see; the data schemas mark fields as staff-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import Data, Path, StaffField


def for_outside(data: Data, staff_fields: Sequence[StaffField]) -> Data:
    """*data* without the values that are staff-only. The same object is returned when nothing is hidden."""
    for field in staff_fields:
        data = _without(data, field.path, field)
    return data


def _without(value: Any, path: Path, field: StaffField) -> Any:
    """*value* without the values at *path* below it that *field* hides; lists on the way are searched element by
    element."""
    if isinstance(value, list):
        elements = [_without(element, path, field) for element in value]
        return value if all(new is old for new, old in zip(elements, value, strict=True)) else elements
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    child, rest = value[path[0]], path[1:]
    if rest:
        changed: Any = _without(child, rest, field)
    elif isinstance(child, list):
        changed = [element for element in child if not _is_hidden(element, value, field)]
        changed = child if len(changed) == len(child) else changed
    else:
        changed = None if _is_hidden(child, value, field) else child
    if changed is child:  # also a null that is not hidden, so that None below means hidden
        return value
    others = {key: other for key, other in value.items() if key != path[0]}
    return others if changed is None else {**others, path[0]: changed}


def _is_hidden(value: Any, parent: Mapping[str, Any], field: StaffField) -> bool:
    """Whether *value*, a field of *parent*, is staff-only. It is, unless the data says that it may be shown."""
    flags = value if isinstance(value, Mapping) else parent
    return not field.outside_if or any(flags.get(key) not in allowed for key, allowed in field.outside_if)
