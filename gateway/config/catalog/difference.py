"""Describes how one catalogue differs from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.messages.escaping import one_line

MAX_SHOWN = 60
"""How many characters of a value are shown."""
SECTIONS = {"categories": "category", "events": "event type", "states": "list of states"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """A line for each entry that only one of them has, and for each key whose value differs.

    Both are complete catalogues in the form of the YAML, with `extends` resolved.
    """
    for section, noun in SECTIONS.items():
        old, new = before.get(section, {}), after.get(section, {})
        for name in dict.fromkeys((*old, *new)):
            if name not in old:
                yield f"+ {name} (new {noun})"
            elif name not in new:
                yield f"- {name} ({noun})"
            elif changed := list(_changes(old[name], new[name], "")):
                yield f"~ {name}"
                yield from (f"    {line}" for line in changed)


def _changes(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield f"{path}: {_shown(old)} -> {_shown(new)}"
        return
    for key in dict.fromkeys((*old, *new)):
        below = f"{path}.{key}" if path else str(key)
        if key not in old:
            yield f"{below}: {_shown(new[key])} (new)"
        elif key not in new:
            yield f"{below}: removed (was {_shown(old[key])})"
        else:
            yield from _changes(old[key], new[key], below)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + one_line(", ".join(map(str, value)), MAX_SHOWN) + "}"
    if isinstance(value, list):
        return "[" + one_line(", ".join(map(_item, value)), MAX_SHOWN) + "]"
    return f'"{one_line(value, MAX_SHOWN)}"' if isinstance(value, str) else str(value).lower()


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {inside}" for key, inside in value.items()) + "}"
    return str(value)
