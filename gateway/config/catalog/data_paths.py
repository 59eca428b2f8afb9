"""Which paths the data of an event type may have, and which values each may have, as declared by its JSON Schema."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from gateway.model import Path
from gateway.paths import EVENT, EVENT_FIELDS, parse_json_pointer

MAX_STEPS = 100
"""How many references are followed from one place before they are taken for a cycle."""
INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
VALUE_KEYWORDS = ("enum", "const", "examples", "default")
"""Keywords whose operands are values, not schemas."""
INLINE = ""
"""In place of a document's path, for a schema that is written in the catalogue itself."""

Documents = Mapping[str, Any]
Located = tuple[Any, str]
"""A schema, and the path of the document that contains it, from which relative references start."""


class Unknown(NamedTuple):
    """Where a path leaves the declared schema."""

    place: int
    """Index of the first step that is not declared."""
    names: list[str]
    """The names that are declared there."""


def unknown_step(schema: Mapping[str, Any], path: Path, documents: Documents) -> Unknown | None:
    """Where *path* leaves what *schema* declares; None if the path is declared.

    Below a schema that lists no properties, or explicitly allows additional ones, every path counts as declared.
    """
    if path[0] == EVENT:
        return None if len(path) == 2 and path[1] in EVENT_FIELDS else Unknown(len(path) - 1, list(EVENT_FIELDS))
    documents = {**documents, INLINE: schema}
    places: list[Located] = [(schema, INLINE)]
    for index, step in enumerate(path):
        parts = applicable(places, documents)
        below, is_open = declared_below(parts, step, documents)
        if is_open:
            return None
        if not below:
            declared = through_lists(parts, documents)
            return Unknown(index, sorted({name for part, _ in declared for name in part.get("properties", {})}))
        places = below
    return None


def values_at(schema: Mapping[str, Any], path: Path, documents: Documents) -> set[Any] | None:
    """The values that *schema* lists at *path*; None if it does not list any. Empty if *path* is not declared."""
    if unknown_step(schema, path, documents) is not None:
        return set()
    documents = {**documents, INLINE: schema}
    listed = [_listed(place, documents) for place in _places(schema, path, documents)]
    return union(listed) if listed else None


def union(listed: Iterable[set[Any] | None]) -> set[Any] | None:
    """All listed values; None if any part of *listed* is None, since any value is allowed then."""
    values: set[Any] = set()
    for part in listed:
        if part is None:
            return None
        values |= part
    return values


def named_at(
    schema: Mapping[str, Any], path: Path, keyword: Literal["type", "format"], documents: Documents
) -> set[str]:
    """The types or formats that *schema* gives at *path*; empty if it gives none."""
    documents = {**documents, INLINE: schema}
    names: set[str] = set()
    for part, _ in applicable(_places(schema, path, documents), documents):
        value = part.get(keyword, [])
        names |= {value} if isinstance(value, str) else set(value)
    return names


def _places(schema: Mapping[str, Any], path: Path, documents: Documents) -> list[Located]:
    """The schemas at *path*; empty where it is undeclared or open."""
    places: list[Located] = [(schema, INLINE)]
    for step in path:
        places, is_open = declared_below(applicable(places, documents), step, documents)
        if is_open:
            return []
    return places


def _listed(place: Located, documents: Documents) -> set[Any] | None:
    """The values that an `enum` or `const` allows at *place* or in the items of a list there; None if there is neither.

    Values inside an `anyOf` or `oneOf` are not counted, since another branch may allow more.
    """
    for part, _ in applicable([place], documents, combined=("allOf",)):
        if "enum" in part:
            return _scalars(part["enum"])
        if isinstance(part.get("const"), str | int | float):
            return {part["const"]}
        if isinstance(part.get("items"), Mapping):
            items = part["items"]
            return _scalars(items["enum"]) if "enum" in items else None
    return None


def _scalars(values: Iterable[Any]) -> set[Any]:
    return {value for value in values if isinstance(value, str | int | float)}


def declared_below(parts: list[Located], step: str, documents: Documents) -> tuple[list[Located], bool]:
    """What *parts* declare for *step*, and whether they allow undeclared names."""
    # A number selects one element of a list; a name is looked up in every element.
    parts = parts if step.isdecimal() else through_lists(parts, documents)
    below: list[Located] = []
    is_open = False
    for part, document in parts:
        properties = part.get("properties", {})
        if step.isdecimal() and "items" in part:
            below.append((part["items"], document))
        if step in properties:
            below.append((properties[step], document))
        elif part.get("additionalProperties") not in (None, False) or "patternProperties" in part:
            is_open = True
    says_nothing = all(not ({"properties", "items", "type", "enum", "const"} & part.keys()) for part, _ in parts)
    return below, is_open or (says_nothing and not below)


def through_lists(parts: list[Located], documents: Documents) -> list[Located]:
    """*parts*, and the schemas of their items, since a path descends into a list element by element."""
    everything, new = list(parts), list(parts)
    while new and len(everything) < MAX_STEPS:
        items = [(part["items"], document) for part, document in new if "items" in part]
        new = applicable(items, documents)
        everything += new
    return everything


def applicable(
    places: list[Located], documents: Documents, combined: tuple[str, ...] = ("allOf", "anyOf", "oneOf")
) -> list[Located]:
    """The schemas at *places*, and all that apply to the same value through references and combinations."""
    waiting = list(places)
    parts: list[Located] = []
    while waiting and len(parts) < MAX_STEPS:  # schemas may refer to each other in a cycle
        schema, document = waiting.pop()
        if not isinstance(schema, dict):  # a schema may be true or false
            continue
        parts.append((schema, document))
        reference = schema.get("$ref")
        if isinstance(reference, str) and (target := resolve(reference, document, documents)):
            waiting.append(target)
        for keyword in combined:
            if keyword in schema:
                waiting += [(branch, document) for branch in schema[keyword]]
    return parts


# ------------------------------------------------------------------ references


def resolve(reference: str, document: str, documents: Documents) -> Located | None:
    """The schema that a local *reference* in *document* leads to; None if there is none."""
    name, _, pointer = reference.partition("#")
    path = document_of(name, document)
    part = documents.get(path)
    for step in parse_json_pointer(pointer):
        if isinstance(part, dict):
            part = part.get(step)
        elif isinstance(part, list) and INDEX.fullmatch(step) and int(step) < len(part):
            part = part[int(step)]
        else:
            return None
    is_anchor = pointer and not pointer.startswith("/")
    return None if is_anchor or not isinstance(part, dict) else (part, path)


@lru_cache(maxsize=1024)
def document_of(name: str, document: str) -> str:
    """The path, relative to `schemas/`, of the document that *name* refers to from *document*."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), name)) if name else document


def subschemas(schema: Any) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Place and value of every map in *schema* that may itself be a schema; maps inside lists of values are not."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, dict):
            yield place, part
            # Below `properties`, such a word is not a keyword but the name of a field.
            values = VALUE_KEYWORDS if place[-1:] != ("properties",) else ()
            waiting += [((*place, key), value) for key, value in part.items() if key not in values]
        elif isinstance(part, list):
            waiting += [((*place, number), value) for number, value in enumerate(part)]


def reached(schema: Any, documents: Documents) -> set[str]:
    """The paths of all documents that *schema*, written in the catalogue, refers to directly or indirectly."""
    targets: set[str] = set()
    waiting: list[tuple[Any, str]] = [(schema, INLINE)]
    while waiting:
        part, document = waiting.pop()
        for reference in (keywords.get("$ref") for _, keywords in subschemas(part)):
            target = document_of(reference.partition("#")[0], document) if isinstance(reference, str) else INLINE
            if target != INLINE and target not in targets:
                targets.add(target)
                waiting.append((documents.get(target), target))
    return targets
