"""Which paths the data of an event type may have, and which values there, as its JSON Schema declares them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from gateway.model import Path
from gateway.paths import EVENT, EVENT_FIELDS

MAX_STEPS = 100
"""References followed from one place before a circle is assumed."""
INLINE = ""
"""Stands for the document of a schema that is written in the catalogue itself."""

Documents = Mapping[str, Any]
Located = tuple[Any, str]
"""A schema and the path of the document it stands in, for its relative references."""


class Unknown(NamedTuple):
    """A path that a schema does not declare."""

    place: int
    """Number of the first step that is not declared, from 0."""
    names: list[str]
    """What is declared there."""


def unknown_step(schema: Mapping[str, Any], path: Path, documents: Documents) -> Unknown | None:
    """Where *path* leaves what *schema* declares; None: the path is fine.

    Below a schema that says nothing of its properties, or allows others explicitly, any path is fine.
    """
    if path[0] == EVENT:
        return None if len(path) == 2 and path[1] in EVENT_FIELDS else Unknown(len(path) - 1, list(EVENT_FIELDS))
    documents = {**documents, INLINE: schema}
    places: list[Located] = [(schema, INLINE)]
    for index, step in enumerate(path):
        found = _parts(places, documents)
        below, is_open = _below(found, step, documents)
        if is_open:
            return None
        if not below:
            return Unknown(index, sorted(_names(found, documents)))
        places = below
    return None


def values_at(schema: Mapping[str, Any], path: Path, documents: Documents) -> set[Any] | None:
    """The values that *schema* allows at *path*, where it lists them; None: it does not."""
    documents = {**documents, INLINE: schema}
    allowed = [_listed(place, documents) for place in _places(schema, path, documents)]
    return set().union(*(one or set() for one in allowed)) if allowed and None not in allowed else None


def named_at(
    schema: Mapping[str, Any], path: Path, keyword: Literal["type", "format"], documents: Documents
) -> set[str]:
    """The types or formats that *schema* names at *path*; empty: it names none."""
    documents = {**documents, INLINE: schema}
    found: set[str] = set()
    for part, _ in _parts(_places(schema, path, documents), documents):
        named = part.get(keyword, [])
        found |= {named} if isinstance(named, str) else set(named)
    return found


def _places(schema: Mapping[str, Any], path: Path, documents: Documents) -> list[Located]:
    """What is declared at *path*; nothing where that is left open."""
    places: list[Located] = [(schema, INLINE)]
    for step in path:
        places, is_open = _below(_parts(places, documents), step, documents)
        if is_open:
            return []
    return places


def _listed(place: Located, documents: Documents) -> set[Any] | None:
    """The values of the `enum` or `const` that holds at *place* whatever else does; those of a list's items."""
    for part, document in _parts([place], documents, combined=("allOf",)):
        if "enum" in part:
            return {one for one in part["enum"] if isinstance(one, str | int | float)}
        if isinstance(part.get("const"), str | int | float):
            return {part["const"]}
        if isinstance(part.get("items"), Mapping) and document is not None:
            items = part["items"]
            return {one for one in items["enum"] if isinstance(one, str | int | float)} if "enum" in items else None
    return None


def _below(found: list[Located], step: str, documents: Documents) -> tuple[list[Located], bool]:
    """(what *found* declares for *step*, whether it leaves open what there is)."""
    found = found if step.isdecimal() else _through_lists(found, documents)
    below: list[Located] = []
    is_open = False
    for part, document in found:
        properties = part.get("properties", {})
        if step.isdecimal() and "items" in part:
            below.append((part["items"], document))
        if step in properties:
            below.append((properties[step], document))
        elif part.get("additionalProperties") not in (None, False) or "patternProperties" in part:
            is_open = True
    says_nothing = all(not ({"properties", "items", "type", "enum", "const"} & part.keys()) for part, _ in found)
    return below, is_open or (says_nothing and not below)


def _through_lists(found: list[Located], documents: Documents) -> list[Located]:
    """*found* and the parts of their items: a path walks a list element by element."""
    everything, new = list(found), list(found)
    while new and len(everything) < MAX_STEPS:
        items = [(part["items"], document) for part, document in new if "items" in part]
        new = _parts(items, documents)
        everything += new
    return everything


def _names(found: list[Located], documents: Documents) -> set[str]:
    return {name for part, _ in _through_lists(found, documents) for name in part.get("properties", {})}


def _parts(
    places: list[Located], documents: Documents, combined: tuple[str, ...] = ("allOf", "anyOf", "oneOf")
) -> list[Located]:
    """The schemas at *places* and all that apply in the same place: references and combinations."""
    waiting = list(places)
    found: list[Located] = []
    while waiting and len(found) < MAX_STEPS:
        schema, document = waiting.pop()
        if not isinstance(schema, Mapping):  # a schema may be true or false
            continue
        found.append((schema, document))
        if isinstance(schema.get("$ref"), str):
            target = resolve(schema["$ref"], document, documents)
            if target:
                waiting.append(target)
        for keyword in combined:
            waiting += [(one, document) for one in schema.get(keyword, ())]
    return found


# ------------------------------------------------------------------ references


def resolve(reference: str, document: str, documents: Documents) -> Located | None:
    """What a local *reference* in *document* means; None when there is no such thing."""
    name, _, pointer = reference.partition("#")
    path = document_of(name, document)
    found = documents.get(path)
    for step in pointer.split("/")[1:]:
        if isinstance(found, Mapping):
            found = found.get(step.replace("~1", "/").replace("~0", "~"))
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    is_anchor = pointer and not pointer.startswith("/")
    return None if is_anchor or not isinstance(found, Mapping) else (found, path)


def document_of(name: str, document: str) -> str:
    """The path below `schemas/` that *name* means in *document*."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), name)) if name else document


def references(schema: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(place, text) of every `$ref` in *schema*."""
    for place, one in subschemas(schema):
        if isinstance(one.get("$ref"), str):
            yield (*place, "$ref"), one["$ref"]


def subschemas(schema: Any) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """(place, map) of every map in *schema* that may be a schema: not what only lists values."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, Mapping):
            yield place, one
            values = {"enum", "const", "examples", "default"} if place[-1:] != ("properties",) else ()
            waiting += [((*place, key), value) for key, value in one.items() if key not in values]
        elif isinstance(one, list):
            waiting += [((*place, number), value) for number, value in enumerate(one)]


def reached(schema: Any, documents: Documents) -> set[str]:
    """The paths of all documents that *schema*, which stands in the catalogue, refers to, directly or not."""
    found: set[str] = set()
    waiting: list[tuple[Any, str]] = [(schema, INLINE)]
    while waiting:
        one, document = waiting.pop()
        for _, reference in references(one):
            target = document_of(reference.partition("#")[0], document)
            if target != INLINE and target not in found:
                found.add(target)
                waiting.append((documents.get(target), target))
    return found
