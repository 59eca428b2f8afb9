"""The data schemas: each is a JSON Schema that can be used, and refers to nothing outside the folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.config.catalog import data_paths
from gateway.model import Place, Problem
from gateway.suggestions import did_you_mean, nearest
from gateway.validation.explain import DocumentPath, Explanation, explanations
from gateway.validation.validator import DRAFT, is_usable_pattern, schema_errors
from gateway.yaml.document import MAX_BYTES, Document, read

FOLDER = "schemas"
DEEPEST = 64
CUT = {
    "$id": "a schema here is known by its file",
    "$dynamicRef": "write $ref",
    "$recursiveRef": "write $ref",
}
"""Keywords that a data schema may not have, and what to do instead."""


def read_schemas(files: Mapping[str, bytes]) -> tuple[dict[str, Any], set[str], list[Problem]]:
    """(documents by path below `schemas/`, paths of those that cannot be used, what is wrong with these)."""
    documents: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in files.items():
        try:
            documents[name] = _parse(text)
        except _NoSchema as exc:
            problems.append(Problem(Place(f"{FOLDER}/{name}", exc.line, exc.column), "", str(exc)))
    broken = files.keys() - documents.keys()
    slips = {name: list(slips_of(one, name, documents, broken)) for name, one in documents.items()}
    for name, found in slips.items():
        problems += _placed(name, files[name], found)
    return documents, broken | {name for name, found in slips.items() if found}, problems


class _NoSchema(ValueError):
    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def _parse(text: bytes) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise _NoSchema(f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as exc:
        raise _NoSchema(f"this is not JSON: {exc.msg}", exc.lineno, exc.colno) from exc
    except UnicodeDecodeError as exc:
        raise _NoSchema("this is not UTF-8 text") from exc
    except (RecursionError, ValueError) as exc:
        raise _NoSchema("this is nested too deep, or holds a number that is too long") from exc
    if not isinstance(document, dict):
        raise _NoSchema("expected a JSON Schema: an object")
    if any(len(place) > DEEPEST for place, _ in data_paths.subschemas(document)):
        raise _NoSchema(f"this is nested more than {DEEPEST} deep")
    return document


def _placed(name: str, text: bytes, found: Iterable[Explanation]) -> Iterator[Problem]:
    """Problems with their lines: JSON is YAML enough to find them."""
    for path, message, hint, is_key in found:
        document = read(text, f"{FOLDER}/{name}")[0] or Document(f"{FOLDER}/{name}", None)
        yield document.problem(path, message, hint, key=is_key)


def slips_of(
    schema: Mapping[str, Any], name: str, documents: Mapping[str, Any], broken: Iterable[str] = ()
) -> Iterator[Explanation]:
    """Why *schema*, which stands in the document *name*, cannot be used; nothing when it can.

    A reference to a document of *broken* is left alone: that one has its problem already.
    """
    wrong = explanations(schema_errors(schema))
    if wrong:
        yield from (one._replace(message=f"this is no JSON Schema: {one.message}") for one in wrong)
        return
    for place, one in data_paths.subschemas(schema):
        yield from _cut(place, one)
        yield from _bad_patterns(place, one)
    documents = {**documents, name: schema}
    for place, reference in data_paths.references(schema):
        target = data_paths.document_of(reference.partition("#")[0], name)
        if target not in broken and data_paths.resolve(reference, name, documents) is None:
            hint = _right_reference(reference, target, name, documents)
            yield Explanation(place, f"the reference {reference!r} leads nowhere", hint)


def _right_reference(reference: str, target: str, name: str, documents: Mapping[str, Any]) -> str:
    """What *reference* in the document *name* may have meant: another part of a document, or another document."""
    file, _, pointer = reference.partition("#")
    if target in documents:
        parts = [f"/$defs/{one}" for one in documents[target].get("$defs", {})]
        near = nearest(pointer, parts, most=1)
        return f"did you mean {f'{file}#{near[0]}'!r}?" if near else f"there is no {pointer!r} in it"
    where = "in the folder schemas/" if name == data_paths.INLINE else "at this file"
    return did_you_mean(target, [one for one in documents if "/" in one]) or f"a reference starts {where}"


def _cut(place: DocumentPath, schema: Mapping[str, Any]) -> Iterator[Explanation]:
    for keyword, instead in CUT.items():
        if isinstance(schema.get(keyword), str):
            yield Explanation((*place, keyword), f"{keyword!r} cannot stand here", instead, is_key=True)
    if isinstance(schema.get("$schema"), str) and schema["$schema"].rstrip("#") != DRAFT:
        yield Explanation((*place, "$schema"), f"{schema['$schema']!r} is not known here", f"write {DRAFT!r}")


def _bad_patterns(place: DocumentPath, schema: Mapping[str, Any]) -> Iterator[Explanation]:
    patterns: list[tuple[DocumentPath, Any]] = [(("pattern",), schema.get("pattern"))]
    if isinstance(schema.get("patternProperties"), Mapping):
        patterns += [(("patternProperties", one), one) for one in schema["patternProperties"]]
    for rest, pattern in patterns:
        if isinstance(pattern, str) and not is_usable_pattern(pattern):
            hint = "write a regular expression without look-around and back-references"
            yield Explanation((*place, *rest), f"the pattern {pattern!r} cannot be used", hint)
