"""Checks the data schemas: each must be a valid JSON Schema, and refer to nothing outside the folder `schemas/`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from gateway.config.catalog import data_paths
from gateway.config.catalog.visibility import check_annotations
from gateway.model import DocumentPath, Place, Problem
from gateway.suggestions import did_you_mean, nearest
from gateway.validation.explain import Explanation, explanations
from gateway.validation.validator import DRAFT, InvalidSchema, Schemas, is_usable_pattern, schema_errors
from gateway.yaml.document import Document
from gateway.yaml.reader import MAX_BYTES, read

FOLDER = "schemas"
MAX_DEPTH = 64
NOT_SUPPORTED = {
    "$id": "a schema is identified by its file",
    "$dynamicRef": "write $ref",
    "$recursiveRef": "write $ref",
}
"""Keywords that a data schema must not use, and what to use instead."""


def read_schemas(files: Mapping[str, bytes]) -> tuple[Schemas, frozenset[str], list[Problem]]:
    """Returns the valid schemas in *files*, the paths of the invalid ones, and the problems; paths are relative to
    `schemas/`."""
    schemas, broken, problems = _read_schemas(tuple(files.items()))
    return schemas, broken, list(problems)


@lru_cache(maxsize=2)
def _read_schemas(texts: tuple[tuple[str, bytes], ...]) -> tuple[Schemas, frozenset[str], tuple[Problem, ...]]:
    """Cached, since a reload seldom changes a schema. The cache also holds the previous schemas, in case a change is
    undone."""
    files = dict(texts)
    documents: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in files.items():
        try:
            documents[name] = _parse(text)
        except _NotASchema as exc:
            problems.append(Problem(Place(f"{FOLDER}/{name}", exc.line, exc.column), "", str(exc)))
    broken = files.keys() - documents.keys()
    for name, document in documents.items():
        if faults := list(check_schema(document, name, documents, files.keys() - documents.keys())):
            # Most JSON is also YAML, so the YAML reader is used to get line numbers.
            lines = read(files[name], f"{FOLDER}/{name}")[0] or Document(f"{FOLDER}/{name}", None)
            problems += [lines.problem(path, message, hint, key=is_key) for path, message, hint, is_key in faults]
            broken = broken | {name}
    usable = {name: document for name, document in documents.items() if name not in broken}
    try:
        return Schemas(usable), frozenset(broken), tuple(problems)
    except InvalidSchema as exc:  # an error that our checks did not foresee: only the built-in schemas are kept
        problems.append(Problem(Place(f"{FOLDER}/"), "", f"the schemas cannot be used together: {exc}"))
        shipped = {name: document for name, document in usable.items() if "/" not in name}  # data schemas have a folder
        return Schemas(shipped), frozenset(broken | (usable.keys() - shipped.keys())), tuple(problems)


class _NotASchema(ValueError):
    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def _parse(text: bytes) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise _NotASchema(f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as exc:
        raise _NotASchema(f"the file is not JSON: {exc.msg}", exc.lineno, exc.colno) from exc
    except UnicodeDecodeError as exc:
        raise _NotASchema("the file is not UTF-8 text") from exc
    except (RecursionError, ValueError) as exc:
        raise _NotASchema("the file is nested too deeply, or has a number that is too long") from exc
    if not isinstance(document, dict):
        raise _NotASchema("expected a JSON Schema, which is an object")
    if any(len(place) > MAX_DEPTH for place, _ in data_paths.subschemas(document)):
        raise _NotASchema(f"the file is nested more than {MAX_DEPTH} deep")
    return document


def check_schema(
    schema: Mapping[str, Any], name: str, documents: Mapping[str, Any], broken: Iterable[str] = ()
) -> Iterator[Explanation]:
    """Why *schema*, in the document *name*, is invalid; nothing if it is valid.

    References to documents in *broken* are not followed, since these already have a problem.
    """
    wrong = explanations(schema_errors(schema))
    if wrong:
        yield from (slip._replace(message=f"this is not a JSON Schema: {slip.message}") for slip in wrong)
        return
    documents = {**documents, name: schema}
    for place, part in data_paths.subschemas(schema):
        yield from _unusable_keywords(place, part)
        yield from check_annotations(place, part)
        reference = part.get("$ref")
        if not isinstance(reference, str):
            continue
        target = data_paths.document_of(reference.partition("#")[0], name)
        if target not in broken and data_paths.resolve(reference, name, documents) is None:
            hint = _suggested_reference(reference, target, name, documents)
            yield Explanation((*place, "$ref"), f"the reference {reference!r} does not resolve", hint)


def _suggested_reference(reference: str, target: str, name: str, documents: Mapping[str, Any]) -> str:
    """What *reference* in the document *name* was probably meant to be: another part of it, or another document."""
    file, _, pointer = reference.partition("#")
    if target in documents:
        parts = [f"/$defs/{part}" for part in documents[target].get("$defs", {})]
        near = nearest(pointer, parts, most=1)
        return f"did you mean {f'{file}#{near[0]}'!r}?" if near else f"that document has no {pointer!r}"
    where = "in the folder schemas/" if name == data_paths.INLINE else "at this file"
    return did_you_mean(target, [path for path in documents if "/" in path]) or f"a reference starts {where}"


def _unusable_keywords(place: DocumentPath, schema: Mapping[str, Any]) -> Iterator[Explanation]:
    for keyword, instead in NOT_SUPPORTED.items():
        if isinstance(schema.get(keyword), str):
            yield Explanation((*place, keyword), f"the keyword {keyword!r} is not supported", instead, is_key=True)
    if isinstance(schema.get("$schema"), str) and schema["$schema"].rstrip("#") != DRAFT:
        yield Explanation((*place, "$schema"), "only draft 2020-12 of JSON Schema is supported", f"write {DRAFT!r}")
    patterns: list[tuple[DocumentPath, Any]] = [(("pattern",), schema.get("pattern"))]
    if isinstance(schema.get("patternProperties"), Mapping):
        patterns += [(("patternProperties", key), key) for key in schema["patternProperties"]]
    for subpath, pattern in patterns:
        if isinstance(pattern, str) and not is_usable_pattern(pattern):
            hint = "write a regular expression without look-around and back-references"
            yield Explanation((*place, *subpath), f"the pattern {pattern!r} cannot be used", hint)
