"""What is different in a message for some kinds of service, or because of the route that brings it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.config.catalog.message import build_changes, message_parts
from gateway.config.catalog.shape import Shape
from gateway.config.conditions import check_path
from gateway.config.names import Names
from gateway.config.places.services import Services
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections
from gateway.errors import TemplateFailed
from gateway.messages.template_paths import lookup_names, variables
from gateway.model import Catalog, MessageChanges, Problem
from gateway.paths import format_path
from gateway.quoting import quote
from gateway.suggestions import did_you_mean
from gateway.yaml.document import Document

FOR = "for"


def check_messages(
    document: Document, catalog: Catalog | None, sections: Sections, services: Services | None, timetable: Timetable
) -> Iterator[Problem]:
    """What is wrong with the names under `for` in the catalogue's *document* and in routes, and with the messages of
    routes. *services* None: names are not checked; *catalog* None: it has problems itself."""
    people = sections.people.values()
    known = {kind for person in people for kind in (person.value or {}).get("contacts", {})} | set(sections.providers)
    known |= services.message_names() if services else set()
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
            yield from _check_templates(message, route, catalog, sections, timetable)
    for entry in entries if services and sections.is_complete else ():
        for name in entry.value.get(FOR, {}):
            if name not in known:
                hint = did_you_mean(name, known)
                hint = hint or "name a service such as slack, or a kind of contact such as sms"
                yield entry.problem((FOR, name), f"unknown service or kind of contact {quote(name)}", hint, key=True)


def _check_templates(
    message: Entry, route: Entry, catalog: Catalog | None, sections: Sections, timetable: Timetable
) -> Iterator[Problem]:
    """What is wrong with the templates of a route: each path must exist in some of the events that it brings."""
    ids = Names(catalog.notifications).expand(*route.value["notify"]) if catalog else frozenset()
    shapes = Shape.of_notifications(catalog, ids) if catalog else []
    documents = catalog.schemas if catalog else {}
    for _, place, source in message_parts(message.value):
        try:
            paths, lookups = variables(source), lookup_names(source)
        except TemplateFailed as exc:
            yield message.problem(place, f"invalid template: {exc}")
            continue
        for path in paths if shapes else ():
            yield from check_path(message, place, format_path(path), shapes, documents)
        for name in lookups:
            if not sections.knows("lookups", name):
                yield message.problem(place, f"unknown lookup {quote(name)}", did_you_mean(name, timetable.lookups))


def build_route_messages(sections: Sections) -> Mapping[str, MessageChanges]:
    """What the routes change in the messages that they bring, by route, in the order of the files."""
    routes = sections.routes.items()
    return {name: build_changes(entry.value["message"]) for name, entry in routes if "message" in entry.value}
