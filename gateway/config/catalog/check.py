"""Checks the meaning of the catalogue: names, paths, templates, schemas and examples must fit each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from gateway.conditions.example import with_changes
from gateway.config.catalog import data_paths
from gateway.config.catalog.build import build_paths
from gateway.config.catalog.check_derived import check_derived
from gateway.config.catalog.check_schemas import check_schema
from gateway.config.catalog.check_timing import check_delays, check_timing, terms_of, unused_facts
from gateway.config.catalog.keys import CatalogKeys, CategoryKeys, EventTypeKeys, NotificationKeys
from gateway.config.catalog.message import message_parts
from gateway.config.catalog.shape import Shape
from gateway.config.catalog.visibility import check_leaks, staff_marks
from gateway.config.conditions import check_condition, suggested_path
from gateway.config.sections import Entry, listed
from gateway.errors import TemplateFailed
from gateway.messages import template_paths
from gateway.messages.escaping import safe_link
from gateway.model import DocumentPath, Level, Path, Problem, StaffField, has_errors
from gateway.paths import format_path, without_nulls
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.times import moment_of, parse_iso
from gateway.validation.explain import explanations
from gateway.validation.validator import InvalidSchema, Schemas
from gateway.yaml.document import Document

LEFT_OUT_IF_ABSENT = ("link", "link_label", "facts")
"""Parts of a message that are left out when the event lacks a value that they show."""


TEXT = frozenset({"string"})
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


class CheckedCatalog(NamedTuple):
    problems: list[Problem]
    unusable: set[str]
    """Event types whose data schema is invalid."""
    staff_fields: Mapping[str, tuple[StaffField, ...]]
    """For each event type, the fields that its data schema marks as staff-only."""


def check_catalog(document: Document, schemas: Schemas, broken: frozenset[str]) -> CheckedCatalog:
    """The problems of a catalogue that fits its JSON Schema.

    *broken* names the documents in `schemas/` that already have a problem. Timing is checked last: it uses the schemas
    and examples of other event types, and a fault in one of these is reported only there.
    """
    value: CatalogKeys = document.value
    events, categories = value["events"], value["categories"]
    entries = [Entry(name, event, document, ("events", name)) for name, event in events.items()]
    problems: list[Problem] = []
    if "examples_at" in value:
        problems += _check_moment(document, ("examples_at",), value["examples_at"])
    unusable: set[str] = set()
    unsound: set[str] = set()
    staff_fields: dict[str, tuple[StaffField, ...]] = {}
    for entry in entries:
        category, data = entry.value["category"], entry.value["data"]
        if category not in categories:
            message = f"unknown category {quote(category)}"
            problems.append(entry.problem(("category",), message, did_you_mean(category, categories)))
        faults = [
            entry.problem(("data", *path), message, hint, key=is_key)
            for path, message, hint, is_key in check_schema(data, data_paths.INLINE, schemas.documents, broken)
        ]
        if faults or (broken and broken & data_paths.reached(data, schemas.documents)):
            unusable.add(entry.name)
        else:
            marks = staff_marks(data, schemas.documents)
            staff_fields[entry.name] = marks.fields
            faults = [*_check_event(entry, schemas, categories), *check_leaks(entry, marks)]
        problems += faults
        if entry.name in unusable or has_errors(faults):
            unsound.add(entry.name)
    # A second pass, since these checks need the schemas of other event types: the first has sorted out the unusable
    # ones.
    for entry in entries:
        if entry.name not in unusable:
            faults = [*check_timing(entry, events, schemas, unusable), *check_delays(entry, events, schemas)]
            problems += faults or check_derived(entry, events, schemas, unsound)
    problems += unused_facts(document)
    return CheckedCatalog(problems, unusable, staff_fields)


def _check_event(entry: Entry, schemas: Schemas, categories: Mapping[str, CategoryKeys]) -> Iterator[Problem]:
    value: EventTypeKeys = entry.value
    shape = Shape.declared(value)
    if "subject" in value:
        yield from _check_path(entry, ("subject",), build_paths(value["subject"])[0], shape, schemas)
    people = [(role, path) for role, paths in value.get("people", {}).items() for path in build_paths(paths)]
    for role, path in people:
        yield from _check_path(entry, ("people", role), path, shape, schemas)
    for subpath, text in listed(value.get("customer")):
        path, place = build_paths(text)[0], ("customer", *subpath)
        problems = list(_check_path(entry, place, path, shape, schemas))
        yield from problems
        if not problems and not shape.has_customer_at(path, schemas.documents):
            hint = "name the path of an object that has one of them"
            yield entry.problem(place, f"{quote(text)} has neither an id nor a name", hint)
    for subpath, text in listed(value.get("mentions", {}).get("in")):
        path, place = build_paths(text)[0], ("mentions", "in", *subpath)
        problems = list(_check_path(entry, place, path, shape, schemas))
        yield from problems
        if not problems and not TEXT & shape.scalars_at(path, schemas.documents):
            yield entry.problem(place, f"{quote(text)} is not text: expected the path of a string")
    for name, notification in value.get("notifications", {}).items():
        yield from _check_notification(entry.below("notifications", name), value, notification, schemas, categories)
    if "message" in value:
        for part, subpath, source in message_parts(value["message"]):
            yield from check_template(entry, ("message", *subpath), source, shape, schemas, part in LEFT_OUT_IF_ABSENT)
    yield from _check_example(entry, schemas)


def _check_moment(document: Document, path: DocumentPath, text: str) -> Iterator[Problem]:
    written = parse_iso(text)
    if not isinstance(written, datetime) or written.tzinfo is None or moment_of(text, UTC) is None:
        yield document.problem(path, "expected a time with its offset, such as 2026-11-23T09:45:00-07:00")


def _check_notification(
    entry: Entry,
    event: EventTypeKeys,
    notification: NotificationKeys,
    schemas: Schemas,
    categories: Mapping[str, CategoryKeys],
) -> Iterator[Problem]:
    people = event.get("people", {})
    if "when" in notification:
        possible_values = {"type": [str(entry.path[1])], "category": categories}
        shapes, terms = [Shape.declared(event)], terms_of(entry)
        yield from check_condition(entry.below("when"), shapes, schemas.documents, possible_values, terms)
    audience = notification.get("audience", "any")
    if audience != "any" and audience not in people and not (audience == "mentioned" and "mentions" in event):
        message = f"the event type does not say where its data names these people: missing `people.{audience}`"
        yield entry.problem(("audience",), message)
    if notification.get("except") == "actor" and "actor" not in people:
        message = "the event type does not say where its data names who did it: missing `people.actor`"
        yield entry.problem(("except",), message)


def _check_example(entry: Entry, schemas: Schemas) -> Iterator[Problem]:
    if "example_at" in entry.value:
        yield from _check_moment(entry.document, (*entry.path, "example_at"), entry.value["example_at"])
    try:
        validator = schemas.validator(entry.value["data"], f"data-of-{entry.name}.json")
    except InvalidSchema as exc:
        yield entry.problem(("data",), f"invalid schema: {exc}")
        return
    message = "the example does not fit the schema"
    example = without_nulls(entry.value["example"])  # null counts as absent, as in a posted event
    if not validator.is_valid(entry.value["example"]) and not validator.is_valid(example):
        explained = explanations(validator.errors(example))
        if not explained:
            yield entry.problem(("example",), message)
        for path, reason, hint, is_key in explained:
            yield entry.problem(("example", *path), f"{message}: {reason}", hint, key=is_key)
        return
    for name, notification in entry.value.get("notifications", {}).items():
        changed = with_changes(example, notification.get("example", {}))
        for path, reason, _, _ in explanations(validator.errors(changed)):
            place = f" at {format_path(tuple(map(str, path)))}" if path else ""
            yield entry.problem(("notifications", name, "example"), f"{message}{place}: {reason}")


def _check_path(
    entry: Entry, subpath: tuple[str | int, ...], path: Path, shape: Shape, schemas: Schemas
) -> Iterator[Problem]:
    if unknown := shape.unknown_step(path, schemas.documents):
        message = f"the event's data has no field {quote(format_path(path))}"
        yield entry.problem(subpath, message, suggested_path(path, unknown))


def check_template(
    entry: Entry, subpath: tuple[str | int, ...], source: str, shape: Shape, schemas: Schemas, is_optional: bool
) -> Iterator[Problem]:
    try:
        paths = template_paths.variables(source)
    except TemplateFailed as exc:
        yield entry.problem(subpath, f"invalid template: {exc}")
        return
    unknown = [problem for path in paths for problem in _check_path(entry, subpath, path, shape, schemas)]
    yield from unknown
    if subpath[-1] in ("link", "url"):
        yield from check_link(entry, subpath, source)
    if unknown or is_optional:
        return
    # A reader would see a placeholder in place of a value that the event lacks, so this is worth a warning.
    absent = dict.fromkeys(
        step
        for use in template_paths.unguarded(source)
        if (step := shape.absent_step(use.path, use.present, schemas.documents))
    )
    for path in absent:
        message = f"the message shows {format_path(path)!r}, which an event may lack"
        hint = "give it a default, show it only if it exists, or make it required in the data schema"
        yield entry.problem(subpath, message, hint, level=Level.WARNING)


def check_link(entry: Entry, subpath: tuple[str | int, ...], source: str) -> Iterator[Problem]:
    """A warning if the text of the template *source* can be no link, whatever values it has."""
    text = source.strip()
    begins_with_text = bool(text) and not text.startswith("{")
    if begins_with_text and not safe_link(TAG.sub("1", text)):
        hint = "a link begins with https://, http:// or mailto: and contains no blank"
        message = "no message shows this link, since it is no web or mail address"
        yield entry.problem(subpath, message, hint, level=Level.WARNING)
