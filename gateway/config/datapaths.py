"""Which paths the data of an event type may have, as its JSON Schema declares them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.model import Path
from gateway.paths import EVENT, EVENT_FIELDS

MOST_STEPS = 100
"""References followed from one place before a circle is assumed."""

Located = tuple[Any, str]
"""A schema and the path of the document it stands in, for its relative references."""


def unknown_step(schema: Mapping[str, Any], path: Path, documents: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """(the step that *schema* does not declare, the names it does declare there); None: the path is fine.

    Below a schema that says nothing of its properties, or allows others explicitly, any path is fine.
    """
    if path[0] == EVENT:
        if len(path) == 2 and path[1] in EVENT_FIELDS:
            return None
        return path[-1], list(EVENT_FIELDS)
    places: list[Located] = [(schema, "")]
    for step in path:
        found = [part for place in places for part in _parts(place, documents)]
        below, is_open = _below(found, step, documents)
        if is_open:
            return None
        if not below:
            names = {name for part, _ in found for name in _properties(part, documents)}
            return step, sorted(names)
        places = below
    return None


def _below(found: list[Located], step: str, documents: Mapping[str, Any]) -> tuple[list[Located], bool]:
    below: list[Located] = []
    is_open = False
    for part, document in found:
        if "items" in part:
            items = list(_parts((part["items"], document), documents))
            deeper, item_open = (items, False) if step.isdecimal() else _below(items, step, documents)
            below += deeper
            is_open |= item_open
        properties = part.get("properties", {})
        if step in properties:
            below.append((properties[step], document))
        elif part.get("additionalProperties") not in (None, False):
            is_open = True
    says_nothing = all(not ({"properties", "items", "type", "enum", "const"} & part.keys()) for part, _ in found)
    return below, is_open or (says_nothing and not below)


def _properties(part: Mapping[str, Any], documents: Mapping[str, Any]) -> Iterator[str]:
    yield from part.get("properties", {})
    if "items" in part and isinstance(part["items"], dict):
        for item, _ in _parts((part["items"], ""), documents):
            yield from item.get("properties", {})


def _parts(place: Located, documents: Mapping[str, Any]) -> Iterator[Located]:
    """The schema and all that applies in the same place: references and combinations."""
    waiting, steps = [place], 0
    while waiting and steps < MOST_STEPS:
        steps += 1
        schema, document = waiting.pop()
        if not isinstance(schema, Mapping):  # a schema may be true or false
            continue
        yield schema, document
        if "$ref" in schema:
            target = resolve(schema["$ref"], document, documents)
            if target:
                waiting.append(target)
        for keyword in ("allOf", "anyOf", "oneOf"):
            waiting += [(one, document) for one in schema.get(keyword, ())]


def resolve(reference: str, document: str, documents: Mapping[str, Any]) -> Located | None:
    """What a local *reference* in *document* means; None when there is no such thing."""
    name, _, pointer = reference.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(document), name)) if name else document
    found = documents.get(path)
    for step in pointer.split("/")[1:]:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step.replace("~1", "/").replace("~0", "~"))
    return (found, path) if isinstance(found, Mapping) else None


def references(schema: Any) -> Iterator[str]:
    """Every `$ref` in *schema*."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
