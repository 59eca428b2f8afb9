"""`extends: shipped`: a catalogue that states only its differences from the shipped one.

Maps are merged, other values replace, and null removes a key; `remove` names event types, notifications and categories
to remove. The shipped catalogue has no problems by itself, so every problem of the result comes from the extending
file, and its place is in that file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.config.sections import listed
from gateway.model import DocumentPath, Problem
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import Document
from gateway.yaml.reader import Limits, read

EXTENDS, REMOVE = "extends", "remove"
SHIPPED = "shipped"


def read_catalog(
    text: bytes, file: str, shipped: bytes | None, limits: Limits
) -> tuple[Document | None, list[Problem]]:
    """The catalogue in *text*, merged with the *shipped* one if it extends that; None if it cannot be read."""
    document, problems = read(text, file, limits)
    if document is None or not isinstance(document.value, dict):
        return document, problems
    value = document.value
    if EXTENDS not in value:
        if REMOVE in value:
            problems.append(document.problem((REMOVE,), f"{REMOVE!r} needs `extends: {SHIPPED}`", key=True))
        return document.without([(REMOVE,)]), problems
    if value[EXTENDS] != SHIPPED or shipped is None:
        hint = did_you_mean(str(value[EXTENDS]), [SHIPPED])
        problems.append(document.problem((EXTENDS,), f"expected `{EXTENDS}: {SHIPPED}`", hint))
        return None, problems
    base, _ = read(shipped, file, limits)
    if base is None:
        raise AssertionError("the shipped catalogue cannot be read")
    extended, faults = extend(base, document.without([(EXTENDS,)]))
    return extended, [*problems, *faults]


def extend(base: Document, own: Document) -> tuple[Document, list[Problem]]:
    """*own* merged into *base*, with the places of *own*; and the names in `remove` that *base* does not have."""
    if not isinstance(own.value.get(REMOVE, []), list | str):
        return own, [own.problem((REMOVE,), "expected a list of event types, notifications and categories")]
    replaced: set[DocumentPath] = set()
    value = _merged(base.value, own.without([(REMOVE,)]).value, (), replaced)
    problems = list(_check_new_types(base, own))
    for subpath, name in listed(own.value.get(REMOVE)):
        path = _path_of(base.value, name) if isinstance(name, str) else None
        if path is None:
            events = base.value["events"].items()
            rows = (f"{type}.{row}" for type, event in events for row in event.get("notifications", {}))
            hint = did_you_mean(str(name), [*base.value["categories"], *base.value["events"], *rows])
            problems.append(own.problem((REMOVE, *subpath), f"there is no {quote(str(name))} to remove", hint))
            continue
        parent = value
        for step in path[:-1]:  # what *own* has there may be anything, or be removed already
            parent = parent.get(step) if isinstance(parent, dict) else None
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
            replaced.add(path)
    # A source whose value is replaced or removed would be taken for that of the value that is now at its path.
    sources = {
        path: source
        for path, source in base.sources.items()
        if not any(path[:length] in replaced for length in range(1, len(path) + 1))
    }
    return replace(own, value=value, sources={**sources, **own.without([(REMOVE,)]).sources}), problems


def _check_new_types(base: Document, own: Document) -> Iterator[Problem]:
    """An event type that *base* does not have, and of which *own* says so little that it cannot be a new one."""
    events = own.value.get("events")
    for name, value in events.items() if isinstance(events, dict) else ():
        if name not in base.value["events"] and isinstance(value, dict) and not {"category", "data"} & value.keys():
            hint = did_you_mean(str(name), base.value["events"]) or "a new one needs category, title, data and example"
            message = f"the shipped catalogue has no event type {quote(name)}"
            yield own.problem(("events", name), message, hint, key=True)


def _merged(base: Any, own: Any, path: DocumentPath, replaced: set[DocumentPath]) -> Any:
    """*own* merged into *base*, as in JSON Merge Patch (RFC 7396). The paths of *base* that disappear are added to
    *replaced*. No map of *base* is part of the result, so that `remove` can modify it."""
    if not isinstance(base, dict) or not isinstance(own, dict):
        replaced.add(path)
        return own
    merged = {}
    for key in dict.fromkeys((*base, *own)):
        if key not in own:
            # Merging nothing into a map copies it, with all maps in it.
            merged[key] = _merged(base[key], {}, (*path, key), set()) if isinstance(base[key], dict) else base[key]
        elif own[key] is None and key in base:
            replaced.add((*path, key))
        elif key in base:
            merged[key] = _merged(base[key], own[key], (*path, key), replaced)
        else:
            merged[key] = own[key]
    return merged


def _path_of(value: Mapping[str, Any], name: Any) -> DocumentPath | None:
    """The path in the catalogue *value* of the entry that `remove` calls *name*."""
    if name in value["events"]:
        return ("events", name)
    if name in value["categories"]:
        return ("categories", name)
    event, _, row = str(name).rpartition(".")
    has_row = row in value["events"].get(event, {}).get("notifications", {})
    return ("events", event, "notifications", row) if has_row else None
