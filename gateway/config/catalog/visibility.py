"""Staff-only fields, which data schemas mark with `x-visibility`, and a check that no message for outside shows them.

`"x-visibility": "staff"` on a field's schema hides the field from everybody outside. `{"outside_if": {"kind":
["public"]}}` hides it unless `kind` has one of these values; `kind` is a key of the field itself if that is an object,
otherwise a key beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gateway.config.catalog import data_paths
from gateway.config.catalog.data_paths import Documents, Located
from gateway.config.catalog.message import build_message
from gateway.config.catalog.shape import Shape
from gateway.config.sections import Entry
from gateway.errors import TemplateFailed
from gateway.messages import templates
from gateway.messages.variants import template_for
from gateway.model import Data, DocumentPath, Event, MessageTemplate, Path, Problem, Severity, StaffField
from gateway.paths import lookup, parse_path
from gateway.validation.explain import Explanation
from gateway.visibility import for_outside

ANNOTATION = "x-visibility"
STAFF = "staff"
OUTSIDE_IF = "outside_if"
LEADING_TO_MARKS = frozenset((ANNOTATION, "$ref", "properties", "items", "allOf", "anyOf", "oneOf"))
"""Keywords under which a schema may contain marks, and the mark itself."""
MAX_DEPTH = 8
"""The longest path to a staff-only field that is followed."""
CANARY = "quiet-canary-2b7a49"
"""A text that no template contains: a message that shows it would show a staff-only value."""
DAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""The day on which the example event happens."""
LEAK = "the message would show people outside what is for staff only"
WHO_SAYS = "x-visibility in the data schema says what is for staff only"
EXPECTED = f'expected "{STAFF}" or {{"{OUTSIDE_IF}": {{"kind": ["public"]}}}}'


class StaffMarks(NamedTuple):
    """The staff-only fields that a data schema marks."""

    fields: tuple[StaffField, ...]
    is_endless: bool
    """Whether the schema has staff-only fields and refers to itself, so that their paths have no end."""


def staff_marks(schema: Mapping[str, Any], documents: Documents) -> StaffMarks:
    """The fields that *schema* marks with `x-visibility`; its relative references start in `schemas/`."""
    marked = list(_marked((schema, data_paths.INLINE), (), (), {**documents, data_paths.INLINE: schema}))
    fields = tuple(dict.fromkeys(field for field in marked if field))
    return StaffMarks(fields, bool(fields) and None in marked)


def _marked(place: Located, path: Path, entered: tuple[int, ...], documents: Documents) -> Iterator[StaffField | None]:
    """The marked fields at and below *place*, the schema of the field at *path*; None if it is entered twice, or too
    deep."""
    parts = data_paths.applicable([place], documents)
    marks = [part[ANNOTATION] for part, _ in parts if ANNOTATION in part]
    if path and marks:
        # With several marks, each must allow the value; a mark without a condition never does.
        has_conditions = all(isinstance(mark, Mapping) for mark in marks)
        conditions = [item for mark in marks for item in mark.get(OUTSIDE_IF, {}).items()] if has_conditions else []
        allowed = ((key, tuple(value) if isinstance(value, list) else (value,)) for key, value in conditions)
        yield StaffField(path, tuple(allowed))
        return
    entered = (*entered, *(id(part) for part, _ in parts))
    for part, document in parts:
        properties = part.get("properties")
        below = properties if isinstance(properties, Mapping) else {}
        # Most fields are plain texts and numbers, which cannot contain marks, so they are skipped.
        steps: list[tuple[Path, Any]] = [
            ((*path, name), child)
            for name, child in below.items()
            if isinstance(child, dict) and not LEADING_TO_MARKS.isdisjoint(child)
        ]
        if isinstance(part.get("items"), Mapping):
            steps.append((path, part["items"]))
        for child_path, child in steps:
            if len(child_path) > MAX_DEPTH or id(child) in entered:
                yield None
            else:
                yield from _marked((child, document), child_path, entered, documents)


def check_annotations(place: DocumentPath, schema: Mapping[str, Any]) -> Iterator[Explanation]:
    """Problems of an invalid `x-visibility`, since the field would not be hidden."""
    mark = schema.get(ANNOTATION, STAFF)
    condition = mark.get(OUTSIDE_IF) if isinstance(mark, Mapping) and len(mark) == 1 else None
    operands = condition.values() if isinstance(condition, Mapping) else ()
    values = [operand if isinstance(operand, list) else [operand] for operand in operands]
    is_plain = all(isinstance(value, str | int | bool) for listed in values for value in listed)
    is_condition = bool(values) and all(values) and is_plain
    if mark != STAFF and not is_condition and place[-1:] != ("properties",):
        yield Explanation((*place, ANNOTATION), EXPECTED)


# ------------------------------------------------------------------ the proof


def check_leaks(entry: Entry, marks: StaffMarks) -> Iterator[Problem]:
    """Parts of an event type's message that would show staff-only values to people outside."""
    value = entry.value
    if marks.is_endless:
        text = "a schema with x-visibility refers to itself, so that its staff-only fields have no end"
        yield entry.problem(("data",), text, "write the nested levels out")
    subject = parse_path(value["subject"]) if "subject" in value else None
    outside = planted_event(value["example"], marks.fields, Shape.declared(value).customer, subject)
    if "message" not in value or outside is None:
        return
    template = build_message(value["message"])
    for name in ("", *dict(template.variants)):
        for part in leaking_parts(template_for(template, None, (name,)), outside):
            is_of_variant = name and part in value["message"]["for"][name]
            place = ("message", "for", name, part) if is_of_variant else ("message", part)
            yield entry.problem(place, LEAK, WHO_SAYS)


def planted_event(
    example: Data, fields: Sequence[StaffField], customer: tuple[Path, ...], subject: Path | None
) -> Event | None:
    """The example event as a target outside would get it, with a canary in place of every staff-only value. None if no
    canary is left, so that no template can show one."""
    planted: Any = example
    for field in fields:
        planted = _planted(planted, field.path, field)
    event = Event("example", "example", "", "example", None, DAY, Severity.INFO, planted, customer=customer)
    text = str(lookup(event, subject)) if subject else None
    outside = replace(event, data=for_outside(planted, fields), subject=text)
    return outside if CANARY in f"{outside.data} {text}" else None


def leaking_parts(template: MessageTemplate, outside: Event) -> list[str]:
    """The parts of *template* that show a canary in *outside*."""
    try:
        written = templates.render(template, outside, [])
    except TemplateFailed:  # already reported with the template
        return []
    shown_texts = {
        "title": written.title,
        "body": written.body,
        "facts": "".join(fact.value for fact in written.facts),
        "link": f"{written.link}",
        "short": written.short,
    }
    return [part for part, text in shown_texts.items() if CANARY in text]


def _planted(value: Any, path: Path, field: StaffField) -> Any:
    """*value* with a hidden canary at *path*, if there is something at *path*; nothing is added that the schema may not
    allow."""
    if isinstance(value, list):
        return [_planted(element, path, field) for element in value]
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    conditions = dict.fromkeys(key for key, _ in field.outside_if)
    child = value[path[0]]
    if len(path) > 1:
        return {**value, path[0]: _planted(child, path[1:], field)}
    if isinstance(child, Mapping):
        return {**value, path[0]: {**dict.fromkeys(child, CANARY), **conditions}}
    return {**value, **conditions, path[0]: [CANARY] if isinstance(child, list) else CANARY}
