"""Routes and the fallback, from their checked YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.config.catalog.build import build_condition
from gateway.config.names import AUDIENCE, GROUP, Names
from gateway.config.sections import Entry, Sections
from gateway.model import Recipient, Route


def build_route(entry: Entry, sections: Sections, notifications: Names) -> Route:
    value = entry.value
    return Route(
        name=entry.name,
        place=entry.document.at(*entry.path),
        notifications=frozenset().union(*(notifications.expand(pattern) for pattern in value["notify"])),
        to=tuple(build_recipient(name, sections) for name in value["to"]),
        via=tuple(value.get("via", ())),
        when=build_condition(value.get("when")),
    )


def build_fallback(entry: Entry, sections: Sections) -> Route:
    to = tuple(build_recipient(name, sections) for name in entry.value["to"])
    return Route("fallback", entry.place, frozenset(), to, tuple(entry.value.get("via", ())))


def build_recipient(text: str, sections: Sections) -> Recipient:
    """What an entry of `to` stands for."""
    if text == AUDIENCE:
        return Recipient("audience")
    if text.startswith(GROUP):
        return Recipient("group", text.removeprefix(GROUP))
    return Recipient("channel" if text in sections.channels else "person", text)


def by_notification(routes: Iterable[Route]) -> Mapping[str, tuple[Route, ...]]:
    """The routes that name each notification, in the order of the files."""
    routes_by_id: dict[str, list[Route]] = {}
    for route in routes:
        for notification in route.notifications:
            routes_by_id.setdefault(notification, []).append(route)
    return {id: tuple(named) for id, named in routes_by_id.items()}
