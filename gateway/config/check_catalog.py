"""The meaning of the catalogue: names, paths, templates, schemas and examples fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway import templates
from gateway.conditions import NESTED, ConditionError, parse_condition
from gateway.config import datapaths
from gateway.config.build import build_paths
from gateway.config.explain import explanations
from gateway.config.hints import did_you_mean
from gateway.config.sections import Entry
from gateway.config.source import Document
from gateway.config.validation import SchemaRefused, Schemas
from gateway.errors import TemplateFailed
from gateway.model import Path, Problem
from gateway.paths import format_path, parse_path


def check_catalog(document: Document, schemas: Schemas) -> list[Problem]:
    """What is wrong with a catalogue that has passed its schema."""
    problems: list[Problem] = []
    categories = document.value["categories"]
    for name, value in document.value["events"].items():
        entry = Entry(name, value, document, ("events", name))
        if value["category"] not in categories:
            message = f"unknown category {value['category']!r}"
            problems.append(entry.problem(("category",), message, did_you_mean(value["category"], categories)))
        found = list(_check_schema(entry, schemas))
        problems += found or _check_event(entry, schemas)
    return problems


def _check_schema(entry: Entry, schemas: Schemas) -> Iterator[Problem]:
    """References that lead nowhere, or out of the folder schemas/."""
    for reference in datapaths.references(entry.value["data"]):
        if datapaths.resolve(reference, "", schemas.documents) is None:
            known = [name for name in schemas.documents if name.startswith("data/")]
            hint = did_you_mean(reference.partition("#")[0], known) or "a reference starts in the folder schemas/"
            yield entry.problem(("data",), f"the reference {reference!r} leads nowhere", hint)


def _check_event(entry: Entry, schemas: Schemas) -> Iterator[Problem]:
    value = entry.value
    if "subject" in value:
        yield from check_path(entry, ("subject",), build_paths(value["subject"])[0], schemas)
    for role, paths in value.get("people", {}).items():
        for path in build_paths(paths):
            yield from check_path(entry, ("people", role), path, schemas)
    for name, notification in value["notifications"].items():
        if "when" in notification:
            yield from _check_when(entry, ("notifications", name, "when"), schemas)
        audience = notification.get("audience", "any")
        if audience != "any" and audience not in value.get("people", {}):
            message = f"the event does not say where it names these people: people.{audience} is missing"
            yield entry.problem(("notifications", name, "audience"), message)
    for part, source in value["message"].items():
        yield from _check_template(entry, ("message", part), source, schemas)
    try:
        errors = schemas.validator(value["data"], entry.name).errors(value["example"])
    except SchemaRefused as exc:
        yield entry.problem(("data",), f"this is no schema of JSON Schema 2020-12: {exc}")
        return
    for place, message, hint, is_key in explanations(errors):
        text = f"the example does not fit the schema: {message}"
        yield entry.problem(("example", *place), text, hint, key=is_key)


def _check_when(entry: Entry, rest: tuple[str, ...], schemas: Schemas) -> Iterator[Problem]:
    when = entry.below(*rest)
    yield from check_condition(when, [entry.value["data"]], schemas.documents)


def check_condition(when: Entry, data: Iterable[Mapping[str, Any]], documents: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a condition over events whose data have one of the schemas *data*."""
    schemas = list(data)
    unknown = [problem for place in _entries(when.value) for problem in _check_entry(when, place, schemas, documents)]
    yield from unknown
    if not unknown:
        try:
            parse_condition(when.value)
        except ConditionError as exc:
            yield when.problem(exc.path, str(exc))


def _check_entry(
    when: Entry, place: tuple[str | int, ...], schemas: list[Mapping[str, Any]], documents: Mapping[str, Any]
) -> Iterator[Problem]:
    """A path, the last step of *place*, that none of *schemas* declares."""
    text = str(place[-1])
    try:
        path = parse_path(text)
    except ValueError as exc:
        yield when.problem(place, str(exc), key=True)
        return
    unknown = [datapaths.unknown_step(schema, path, documents) for schema in schemas]
    if schemas and all(unknown):
        step, names = unknown[0] or ("", [])
        hint = _whole(did_you_mean(step, names), path, step)
        yield when.problem(place, f"no such field in the event's data: {text!r}", hint, key=True)


def _entries(condition: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """The place of every path in the document of a condition."""
    for key, value in condition.items():
        if key not in NESTED:
            yield (key,)
            continue
        for number, one in enumerate(value):
            for place in _entries(one):
                yield (key, number, *place)


def _whole(hint: str | None, path: Path, step: str) -> str | None:
    """The hint for one *step* as a hint for the whole *path*."""
    if hint is None:
        return None
    right = hint.split("'")[1]
    steps = [right if one == step else one for one in path]
    return f"did you mean {format_path(tuple(steps))!r}?"


def check_path(entry: Entry, rest: tuple[str, ...], path: Path, schemas: Schemas) -> Iterator[Problem]:
    unknown = datapaths.unknown_step(entry.value["data"], path, schemas.documents)
    if unknown:
        step, names = unknown
        message = f"no such field in the event's data: {format_path(path)!r}"
        yield entry.problem(rest, message, _whole(did_you_mean(step, names), path, step))


def _check_template(entry: Entry, rest: tuple[str, ...], source: str, schemas: Schemas) -> Iterator[Problem]:
    try:
        paths = templates.variables(source)
    except TemplateFailed as exc:
        yield entry.problem(rest, f"the template cannot be used: {exc}")
        return
    for path in paths:
        yield from check_path(entry, rest, path, schemas)
