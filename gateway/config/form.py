"""Checks a document against its JSON Schema, and keeps unquoted numbers as text where text is expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.conditions.parse import NESTED
from gateway.config.catalog.shape import Shape
from gateway.config.files import CATALOG, TRANSLATIONS
from gateway.config.places.keys import may_quote
from gateway.config.sections import LISTED, NAMED
from gateway.model import DocumentPath, Problem
from gateway.paths import parse_path
from gateway.validation.defects import wanted_types
from gateway.validation.explain import explanations
from gateway.validation.validator import Schemas, Validator
from gateway.yaml.document import Document
from gateway.yaml.scalars import is_exact

NUMBERS = {"integer", "number"}
ORDERED = ("at_least", "at_most", "above", "below")
"""Operators that compare numbers, including numbers posted as text."""
SILENCES = ("mute", "silence", "silences", "mute_time_intervals", "snooze")
ELSEWHERE = {
    **dict.fromkeys(("events", "categories", "version"), "event types belong in catalog.yaml"),
    **dict.fromkeys(("notifications", "notify", "when", "to", "via"), "write it in an entry of `routes`"),
    **dict.fromkeys(("contacts", "identities"), "write it in an entry of `people`"),
    **dict.fromkeys(SILENCES, "the gateway has no silences: limit routes with `when` or `not_during`"),
}
"""Keys that people write at the top of a file of routes, and where they belong."""
Validated = tuple[Document | None, list[Problem]]
"""The document, or the part of it that can be checked further (None for nothing), and the problems."""


def conform(document: Document, schemas: Schemas) -> Validated:
    """*document* after a check against the schema of its file.

    One invalid entry in a file of routes does not hide the others: the valid ones are returned.
    """
    if document.value is None and document.file != CATALOG:
        return document, []  # an empty file declares nothing
    name = "catalog.schema.json" if document.file == CATALOG else "routes.schema.json"
    if TRANSLATIONS in document.file.split("/")[:-1]:
        name = "translation.schema.json"
    validator = schemas.validator_of_file(name)
    document, warnings = with_texts(document, (), validator)
    explained = explanations(validator.errors(document.value), may_quote)
    if not explained:
        return document, warnings
    is_of_routes = name == "routes.schema.json" and isinstance(document.value, dict)
    problems = []
    for path, message, hint, is_key in explained:
        is_at_top = is_key and len(path) == 1 and is_of_routes
        is_silence = is_key and path[0] in ("routes", "channels") and path[-1] in SILENCES
        advice = ELSEWHERE.get(str(path[-1]), hint) if is_at_top or is_silence else hint
        problems.append(document.problem(path, message, advice, key=is_key))
    if not is_of_routes:
        return None, problems
    unfit: set[DocumentPath] = set()
    for path, *_ in explained:
        is_in_entry = path[0] in (*NAMED, *LISTED) and isinstance(document.value.get(path[0]), dict | list)
        unfit.add(path[:2] if is_in_entry else path[:1])  # `routes[1]`, `channels.noc`; or the whole section
    # An entry of a section that goes as a whole must not be removed again.
    return document.without([path for path in unfit if path and path[:1] not in unfit - {path}]), problems


def with_texts(document: Document, path: DocumentPath, validator: Validator) -> tuple[Document, list[Problem]]:
    """*document* and warnings; below *path*, a number becomes the text as written where *validator* wants text.

    So ids, phone numbers and versions stay as they were written: `to: [1.10]` names the channel `1.10`.
    """
    types = wanted_types(validator.errors(document.value_at(path)))
    places = [
        (*path, *place)
        for place, expected_types in types.items()
        if "string" in expected_types and not expected_types & NUMBERS and _is_number(document, (*path, *place))
    ]
    return document.with_texts(places) if places else (document, [])


def _is_number(document: Document, path: DocumentPath) -> bool:
    return document.sources.get(path, "")[-1:].isdigit()


# ------------------------------------------------------------------ conditions

ShapesOf = Callable[[Any], Sequence[Shape]]
"""For an event type or a route as in the YAML, the shapes of the events that its conditions are about."""


def with_texts_in_conditions(
    document: Document, documents: Mapping[str, Any], shapes_of: ShapesOf
) -> tuple[Document, list[Problem]]:
    """*document* and warnings; in every `when`, a number becomes text where the data has text.

    Where the data may have either, a number that JSON would write differently (`1.10`, an id of 20 digits) stands for
    both. Only conditions that contain numbers are examined, and most do not.
    """
    texts: list[DocumentPath] = []
    alternatives: dict[DocumentPath, Any] = {}
    for path in document.sources:
        depth = 4 if path[0] == "events" else 2  # events.<name>.notifications.<name>, routes[0]
        if path[depth : depth + 1] != ("when",) or not _is_number(document, path):
            continue
        operand = path[depth + 1 :]
        while operand[0] in NESTED:
            operand = operand[2:]
        operator = operand[1] if len(operand) > 1 and isinstance(operand[1], str) else "is"
        if operator in ORDERED:
            continue
        try:
            data_path = parse_path(str(operand[0]))
        except ValueError:  # already reported
            continue
        shapes = shapes_of(document.value_at(path[:2]))
        types: set[str] = set().union(*(shape.scalars_at(data_path, documents) for shape in shapes))
        if types == {"string"}:
            texts.append(path)
        elif "string" in types and operator in ("is", "not"):
            number, text = document.value_at(path), document.sources[path]
            if not is_exact(number, text):
                is_in_list = isinstance(path[-1], int)
                place = path[:-1] if is_in_list else path
                operands = alternatives.get(place, document.value_at(place))
                alternatives[place] = [*operands, text] if is_in_list else [number, text]
    document, warnings = document.with_texts(texts)
    return document.with_values(alternatives), warnings
