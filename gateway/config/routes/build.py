"""Builds routes and the fallback from YAML that has been checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from gateway.conditions.parse import Terms
from gateway.config.catalog.build import build_condition
from gateway.config.catalog.keys import MessageKeys
from gateway.config.names import AUDIENCE, ELSE, GROUP, LOOKUP, ROTATION, Names, entries_of
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections, listed
from gateway.model import Lookup, Recipient, Route, RouteIndex
from gateway.paths import parse_path
from gateway.routing.routes import index_routes

TargetKeys = TypedDict(
    "TargetKeys", {"rotation": str, "position": str, "lookup": str, "key": str, "else": list[Any]}, total=False
)
"""The keys of an entry of `to` that is decided for each event: a rotation, or a lookup."""


class RouteKeys(TypedDict, total=False):
    """The keys of a route in the YAML; see `config.catalog.keys`."""

    name: str
    notify: list[str]
    when: dict[str, Any]
    during: str | list[str]
    not_during: str | list[str]
    to: list[str | TargetKeys]
    via: list[str]
    message: MessageKeys


class FallbackKeys(TypedDict, total=False):
    to: list[str | TargetKeys]
    via: list[str]
    only: str


def build_route(entry: Entry, sections: Sections, notifications: Names, timetable: Timetable, terms: Terms) -> Route:
    value: RouteKeys = entry.value
    return Route(
        name=entry.name,
        place=entry.document.at(*entry.path),
        notifications=notifications.expand(*value["notify"]),
        to=tuple(build_recipient(target, sections) for target in value["to"]),
        via=tuple(value.get("via", ())),
        when=build_condition(value.get("when"), terms),
        during=tuple(timetable.schedules[name] for _, name in listed(value.get("during"))),
        not_during=tuple(timetable.schedules[name] for _, name in listed(value.get("not_during"))),
    )


def build_fallback(entry: Entry, sections: Sections) -> Route:
    value: FallbackKeys = entry.value
    to = tuple(build_recipient(target, sections) for target in value["to"])
    return Route("fallback", entry.place, frozenset(), to, tuple(value.get("via", ())))


def build_recipient(entry: str | TargetKeys, sections: Sections) -> Recipient:
    """The recipient that an entry of `to` stands for."""
    if isinstance(entry, Mapping):
        otherwise = tuple(build_recipient(other, sections) for other in entry.get(ELSE, ()))
        if ROTATION in entry:
            return Recipient("rotation", entry[ROTATION], is_next=entry.get("position") == "next", otherwise=otherwise)
        return Recipient("lookup", entry[LOOKUP], key=parse_path(entry["key"]), otherwise=otherwise)
    text = entry
    if text == AUDIENCE:
        return Recipient("audience")
    if text.startswith(GROUP):
        return Recipient("group", text.removeprefix(GROUP))
    return Recipient("channel" if text in sections.channels else "person", text)


def target_lookups(sections: Sections, timetable: Timetable) -> list[Lookup]:
    """The lookups that are used in `to`."""
    routes = [*sections.routes.values(), *([sections.fallback] if sections.fallback else [])]
    entries = (target for entry in routes for _, target in entries_of(entry.value["to"], ()))
    names = {entry[LOOKUP] for entry in entries if isinstance(entry, Mapping) and LOOKUP in entry}
    return [timetable.lookups[name] for name in names if name in timetable.lookups]


def lookup_targets(sections: Sections, timetable: Timetable) -> set[str]:
    """Every value, including defaults, of the lookups that are used in `to`."""
    lookups = target_lookups(sections, timetable)
    values = {value for lookup in lookups for value in (*lookup.table.values(), lookup.default)}
    return {value for value in values if value is not None}


def by_notification(routes: Iterable[Route]) -> Mapping[str, RouteIndex]:
    """The routes that name each notification. Notifications that the same routes name (`*.mine`) share an index."""
    routes_by_id: dict[str, list[Route]] = {}
    for route in routes:
        for notification in route.notifications:
            routes_by_id.setdefault(notification, []).append(route)
    shared: dict[tuple[str, ...], RouteIndex] = {}
    indexes: dict[str, RouteIndex] = {}
    for id, naming_routes in routes_by_id.items():
        names = tuple(route.name for route in naming_routes)
        if names not in shared:
            shared[names] = index_routes(naming_routes)
        indexes[id] = shared[names]
    return indexes
