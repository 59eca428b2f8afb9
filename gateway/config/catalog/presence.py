"""Which values an event may lack, according to the JSON Schema of its data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.config.catalog import data_paths
from gateway.config.catalog.data_paths import Documents, Located
from gateway.messages.values import NAME, NAMING_FIELDS
from gateway.model import Path
from gateway.paths import EVENT

MAX_DEPTH = 20
"""How many references and combinations are followed before they are taken for a cycle."""


def absent_step(schema: Mapping[str, Any], path: Path, present: Collection[Path], documents: Documents) -> Path | None:
    """The beginning of *path* that an event may lack; None if every event that fits *schema* has a value at *path*.

    The paths in *present*, and all on the way to them, are known to have a value. Null counts as absent. None is also
    returned if the schema does not declare a step of the path.
    """
    if path[0] == EVENT:
        return None
    documents = {**documents, data_paths.INLINE: schema}
    beginnings = {other[:length] for other in present for length in range(1, len(other) + 1)}
    places: list[Located] = [(schema, data_paths.INLINE)]
    for number, step in enumerate(path):
        parts = data_paths.applicable(places, documents)
        below, is_open = data_paths.declared_below(parts, step, documents)
        if is_open or not below:
            return None
        beginning = path[: number + 1]
        if step == NAME and any({*part.get("properties", {})} & {*NAMING_FIELDS} - {NAME} for part, _ in parts):
            return None  # for a person without a name, a message shows the e-mail address or the id
        if beginning not in beginnings and not step.isdecimal():
            # A path descends into a list element by element, so the schemas of the elements count as well.
            inside = data_paths.through_lists(parts, documents)
            holders = [*places, *((part["items"], document) for part, document in inside if "items" in part)]
            is_required = any(_requires(place, step, documents, MAX_DEPTH) for place in holders)
            if not is_required or all(_allows_null(place, documents, MAX_DEPTH) for place in below):
                return beginning
        places = below
    return None


def _requires(place: Located, name: str, documents: Documents, depth: int) -> bool:
    """Whether every object at *place* has a key *name*."""
    schema, document = place
    if not isinstance(schema, Mapping) or not depth:
        return False
    if name in schema.get("required", ()):
        return True
    combined = [(branch, document) for branch in schema.get("allOf", ())]
    if isinstance(schema.get("$ref"), str) and (target := data_paths.resolve(schema["$ref"], document, documents)):
        combined.append(target)
    if any(_requires(part, name, documents, depth - 1) for part in combined):
        return True
    return any(
        schema.get(keyword)
        and all(_requires((branch, document), name, documents, depth - 1) for branch in schema[keyword])
        for keyword in ("anyOf", "oneOf")
    )


def _allows_null(place: Located, documents: Documents, depth: int) -> bool:
    """Whether the schema at *place* names null among its types."""
    schema, document = place
    if not isinstance(schema, Mapping) or not depth:
        return False
    types = schema.get("type", [])
    if "null" in ([types] if isinstance(types, str) else types):
        return True
    if isinstance(schema.get("$ref"), str) and (target := data_paths.resolve(schema["$ref"], document, documents)):
        return _allows_null(target, documents, depth - 1)
    return any(
        _allows_null((branch, document), documents, depth - 1)
        for keyword in ("anyOf", "oneOf")
        for branch in schema.get(keyword, ())
    )
