"""Filters for lists. Anything that is not a list counts as a list with one element, and an absent value as an empty
list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.budget import spend, spend_text
from gateway.messages.values import as_list, read_path, show

MAX_SORTED = 10_000
"""The longest list that `sort`, `groupby` and `unique` accept."""
STEPS_PER_SORTED = 60


class Group(NamedTuple):
    """What `groupby` yields for each value."""

    grouper: Any
    list: list[Any]


def first(values: Any) -> Any:
    """The first element, or absent if there is none."""
    return next(iter(as_list(values)), Absent(name="first"))


def last(values: Any) -> Any:
    """The last element, or absent if there is none."""
    elements = as_list(values)
    return elements[-1] if elements else Absent(name="last")


def sort(values: Any, reverse: Any = False, case_sensitive: Any = False, attribute: str | None = None) -> list[Any]:
    """The elements in order: numbers, then texts, then those without a value."""
    keys = _keys(values, attribute, is_folded=not case_sensitive)
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(reverse))
    elements = as_list(values)
    return [elements[place] for place in order]


def groupby(values: Any, attribute: str, default: Any = None, case_sensitive: Any = False) -> list[Group]:
    """A `grouper` and its `list` for each value of *attribute*, in order."""
    groups: dict[_Key, Group] = {}
    keys = _keys(values, attribute, is_folded=not case_sensitive, default=default)
    for key, element in zip(keys, as_list(values), strict=True):
        if key not in groups:
            value = read_path(element, attribute)
            grouper = default if value is None else value
            groups[key] = Group(Absent(name=attribute) if grouper is None else grouper, [])
        groups[key].list.append(element)
    return [groups[key] for key in sorted(groups)]


def unique(values: Any, case_sensitive: Any = False, attribute: str | None = None) -> list[Any]:
    """The first element with each value, in their original order."""
    first_elements: dict[_Key, Any] = {}
    for key, element in zip(_keys(values, attribute, is_folded=not case_sensitive), as_list(values), strict=True):
        first_elements.setdefault(key, element)
    return list(first_elements.values())


_Key = tuple[tuple[int, Any, str], ...]


def _keys(values: Any, attribute: str | None, *, is_folded: bool, default: Any = None) -> list[_Key]:
    """The sort key of each element. *attribute* may name several paths, separated by commas."""
    elements = as_list(values)
    if len(elements) > MAX_SORTED:
        raise TemplateFailed(
            f"the list has {len(elements):,} elements; at most {MAX_SORTED:,} can be sorted or grouped"
        )
    paths = [path.strip() for path in attribute.split(",")] if attribute else [None]
    spend(len(elements) * len(paths) * STEPS_PER_SORTED)
    keys = []
    for element in elements:
        parts = [element if path is None else read_path(element, path) for path in paths]
        keys.append(tuple(_key(default if part is None else part, is_folded) for part in parts))
    return keys


def _key(value: Any, is_folded: bool) -> tuple[int, Any, str]:
    if value is None or isinstance(value, Absent):
        return (2, 0, "")
    if isinstance(value, int | float | Decimal):
        return (0, value, "")
    text = show(value)
    spend_text(text)
    return (1, 0, text.lower() if is_folded else text)
