"""Checks and builds what differs in a message for some kinds of service, or because of the route that sends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.config.catalog.check import check_link
from gateway.config.catalog.message import build_changes, message_parts
from gateway.config.catalog.shape import Shape
from gateway.config.catalog.visibility import LEAK, WHO_SAYS, leaking_parts, planted_event
from gateway.config.conditions import check_path
from gateway.config.names import LOOKUP, Names, entries_of
from gateway.config.places.services import Services
from gateway.config.sections import Entry, Sections
from gateway.errors import TemplateFailed
from gateway.messages.template_paths import lookup_names, unguarded, variables
from gateway.messages.variants import template_for
from gateway.model import Catalog, MessageChanges, Problem
from gateway.paths import format_path
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import Document

FOR = "for"
ALWAYS_SHOWN = ("title", "body", "short")
"""Parts that show a placeholder for a missing value; other parts are left out."""


def check_messages(
    document: Document, catalog: Catalog | None, sections: Sections, services: Services | None
) -> Iterator[Problem]:
    """Problems of the names under `for` in the catalogue's *document* and in routes, and of the messages of routes.

    Names are not checked if *services* is None; *catalog* is None if it has problems itself.
    """
    events = document.value["events"] if services else {}
    entries = [
        Entry(name, event["message"], document, ("events", name, "message"))
        for name, event in events.items()
        if FOR in event.get("message", {})
    ]
    for route in sections.routes.values():
        if "message" in route.value:
            message = route.below("message")
            entries.append(message)
            yield from _check_templates(message, route, catalog, sections)
            if catalog:
                yield from _check_visibility(message, route, catalog, sections)
    for entry in entries:
        yield from check_variant_names(entry, sections, services)


def check_variant_names(message: Entry, sections: Sections, services: Services | None) -> Iterator[Problem]:
    """Names under `for` in *message* that are neither a service nor a kind of contact."""
    if FOR not in message.value or services is None or not sections.is_complete:
        return
    people = sections.people.values()
    variant_names = {kind for person in people for kind in (person.value or {}).get("contacts", {})}
    variant_names |= {*sections.providers, *services.message_names()}
    for name in message.value[FOR]:
        if name not in variant_names:
            hint = did_you_mean(name, variant_names) or "name a service such as slack, or a kind of contact such as sms"
            yield message.problem((FOR, name), f"unknown service or kind of contact {quote(name)}", hint, key=True)


def _check_templates(message: Entry, route: Entry, catalog: Catalog | None, sections: Sections) -> Iterator[Problem]:
    """Problems of the templates of a route: each path must exist in at least one of the events that it sends."""
    ids = Names(catalog.notifications).expand(*route.value["notify"]) if catalog else frozenset()
    shapes = Shape.of_notifications(catalog, ids) if catalog else []
    documents = catalog.schemas if catalog else {}
    for _, place, source in message_parts(message.value):
        try:
            paths, lookups = variables(source), lookup_names(source)
        except TemplateFailed as exc:
            yield message.problem(place, f"invalid template: {exc}")
            continue
        if place[-1] in ("link", "url"):
            yield from check_link(message, place, source)
        for path in paths if shapes else ():
            yield from check_path(message, place, format_path(path), shapes, documents)
        for name in lookups:
            if unknown := sections.unknown("lookups", name):
                yield message.problem(place, *unknown)


def _check_visibility(message: Entry, route: Entry, catalog: Catalog, sections: Sections) -> Iterator[Problem]:
    """Staff-only values in a route's message. Nobody outside gets to see them; it is a mistake if readers outside would
    see that something is missing, or if nobody else reads the message."""
    try:
        changes = build_changes(message.value)
        parts = [
            (
                place,
                variables(source),
                [use.path for use in unguarded(source)] if part in ALWAYS_SHOWN else [],
            )
            for part, place, source in message_parts(message.value)
        ]
    except TemplateFailed:  # already reported
        return
    may_be_outside = _may_be_outside(route, sections)
    ids = Names(catalog.notifications).expand(*route.value["notify"])
    for event_type in (catalog.events[name] for name in sorted({catalog.notifications[id].event_type for id in ids})):
        hidden = [field.path for field in event_type.staff_fields if not field.outside_if]
        for place, paths, unguarded_paths in parts if any(may_be_outside) else ():
            visible_paths = paths if all(may_be_outside) else unguarded_paths
            for path in (path for path in hidden if any(other[: len(path)] == path for other in visible_paths)):
                text = f"{quote(format_path(path))} is for staff only, and this route has readers outside"
                yield message.problem(place, text, WHO_SAYS)
        outside = planted_event(event_type.example, event_type.staff_fields, event_type.customer, event_type.subject)
        if outside is None:
            continue
        for name in ("", *dict(event_type.message.variants), *dict(changes.variants)):
            for part in leaking_parts(template_for(event_type.message, changes, (name,)), outside):
                if part in message.value.get(FOR, {}).get(name, {}):
                    yield message.problem((FOR, name, part), LEAK, WHO_SAYS)
                elif part in message.value:
                    yield message.problem((part,), LEAK, WHO_SAYS)


def _may_be_outside(route: Entry, sections: Sections) -> list[bool]:
    """For each entry of `to`, whether people outside may read what is sent to it; for people and tables this is a
    guess."""
    outside = {name for name, entry in sections.channels.items() if entry.value.get("outside")}
    via = route.value.get("via", ())
    contacts = (
        contact
        for person in sections.people.values()
        for kind, contact in (person.value or {}).get("contacts", {}).items()
        if kind in via or not via
    )
    has_person = any(isinstance(contact, Mapping) and contact.get("outside") for contact in contacts)
    return [
        name in outside
        if isinstance(name, str) and name in sections.channels
        else has_person or (isinstance(name, Mapping) and LOOKUP in name and bool(outside))
        for _, name in entries_of(route.value["to"], ())
    ]


def build_route_messages(sections: Sections) -> Mapping[str, MessageChanges]:
    """What the routes change in the messages that they send, by route, in the order of the files."""
    routes = sections.routes.items()
    return {name: build_changes(entry.value["message"]) for name, entry in routes if "message" in entry.value}
