"""Checks the meaning of a translation: the names in it must exist, and its templates must fit the events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.config.catalog.check import check_template
from gateway.config.catalog.shape import Shape
from gateway.config.catalog.visibility import LEAK, WHO_SAYS, leaking_parts, planted_event
from gateway.config.sections import Entry, Sections
from gateway.config.translations.keys import TranslatedMessageKeys
from gateway.config.translations.message import templates_in, translate
from gateway.errors import TemplateFailed
from gateway.messages import templates
from gateway.messages.template_paths import lookup_names
from gateway.messages.variants import template_for
from gateway.model import Catalog, Event, EventType, Problem, has_errors
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.validation.validator import Schemas

OPTIONAL = ("link_label", "facts")
"""Parts that are left out if the event lacks one of their values."""


def check_categories(entry: Entry, catalog: Catalog) -> Iterator[Problem]:
    """Categories that do not exist."""
    for name in entry.value:
        if name not in catalog.categories:
            hint = did_you_mean(name, catalog.categories)
            yield entry.problem((name,), f"unknown category {quote(name)}", hint, key=True)


def check_labels(entry: Entry, catalog: Catalog) -> Iterator[Problem]:
    """A label that no fact has."""
    messages = [event_type.message for event_type in catalog.events.values()]
    facts = [message.facts for message in messages]
    facts += [changes.facts or () for message in messages for _, changes in message.variants]
    labels = {label for message_facts in facts for label, _ in message_facts}
    for label in entry.value:
        if label not in labels:
            yield entry.problem((label,), f"no fact is called {quote(label)}", did_you_mean(label, labels), key=True)


def check_message(
    entry: Entry, catalog: Catalog, events: Mapping[str, Any], schemas: Schemas, sections: Sections
) -> Iterator[Problem]:
    """Problems of the translation of one message."""
    event_type = catalog.events.get(entry.name)
    if event_type is None or event_type.is_fact or entry.name not in events:
        hint = did_you_mean(entry.name, (name for name in events if not catalog.events[name].is_fact))
        yield entry.problem((), f"no message of an event type {quote(entry.name)}", hint, key=True)
        return
    value: TranslatedMessageKeys = entry.value
    labels = [label for label, _ in event_type.message.facts]
    for label in value.get("facts", {}):
        if label not in labels:
            hint = did_you_mean(label, labels) or "name it as the catalogue does; `labels` translates the names"
            yield entry.problem(("facts", label), f"the message has no fact {quote(label)}", hint, key=True)
    faults: list[Problem] = []
    shape = Shape.declared(events[entry.name])
    for part, place, source in templates_in(value):
        faults += check_template(entry, place, source, shape, schemas, is_optional=part in OPTIONAL)
    yield from faults
    if has_errors(faults):
        return
    for _, place, source in templates_in(value):
        for lookup in lookup_names(source):
            if unknown := sections.unknown("lookups", lookup):
                yield entry.problem(place, *unknown)
    yield from _check_example(entry, event_type)


def _check_example(entry: Entry, event_type: EventType) -> Iterator[Problem]:
    """Problems of the translated messages of the example event, for all services and for each kind of them."""
    value: TranslatedMessageKeys = entry.value
    now = datetime.now(UTC)
    example = Event("example", event_type.name, "", "", None, now, event_type.severity, event_type.example)
    translated = translate(event_type.message, value, {})
    outside = planted_event(event_type.example, event_type.staff_fields, event_type.customer, event_type.subject)
    for name in ("", *value.get("for", {})):
        place, parts = (("for", name), value["for"][name]) if name else ((), value)
        template = template_for(translated, None, (name,))
        try:
            templates.render(template, example, [])
        except TemplateFailed as exc:
            yield entry.problem(place, f"the message of the example cannot be written: {exc}")
        for part in leaking_parts(template, outside) if outside else ():
            if part in parts:
                yield entry.problem((*place, part), LEAK, WHO_SAYS)
