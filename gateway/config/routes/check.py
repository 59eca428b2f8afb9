"""Checks the routes: every name must be known, and every route must be able to reach somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.conditions.parse import Terms
from gateway.config.catalog.shape import Shape
from gateway.config.conditions import check_condition, check_path
from gateway.config.names import AUDIENCE, GROUP, LOOKUP, ROTATION, Names, entries_of, names_in
from gateway.config.routes.build import lookup_targets, target_lookups
from gateway.config.routes.check_patterns import check_patterns, facts_by_name
from gateway.config.schedules.build import Timetable
from gateway.config.sections import Entry, Sections, listed_at
from gateway.model import Audience, Catalog, Level, Problem
from gateway.quoting import mask, quote
from gateway.suggestions import did_you_mean, nearest

Fault = tuple[str, str | None]
"""(message, hint)."""
NOBODY = ("'audience' means nobody here", "these notifications have no audience: name channels or people")


def check_routes(sections: Sections, catalog: Catalog | None, timetable: Timetable) -> Iterator[Problem]:
    """Problems of routes, of the fallback, and of what sources may post; *catalog* is None if it
    has problems itself."""
    known = _Known(sections, timetable)
    if catalog:
        event_types, notifications = Names(catalog.events), Names(catalog.notifications)
        facts = facts_by_name(catalog)
        for entry in sections.sources.values():
            yield from check_patterns(entry, "events", event_types, "event type")
        for entry in sections.routes.values():
            yield from check_patterns(entry, "notify", notifications, "notification", facts)
            yield from _check_matches(entry, known, catalog, notifications)
    for entry in sections.routes.values():
        yield from _check_to(entry, known)
        for schedule_place, name in [*listed_at(entry, "during"), *listed_at(entry, "not_during")]:
            if unknown := sections.unknown("schedules", name):
                yield entry.problem(schedule_place, *unknown)
    yield from _check_lookups(known)
    if sections.fallback:
        yield from _check_to(sections.fallback, known)
        if place := names_in(sections.fallback.value["to"]).get(AUDIENCE):
            yield sections.fallback.problem(place, *NOBODY)
    if sections.is_complete:
        yield from _check_unused(sections, timetable)


@dataclass(frozen=True)
class _Known:
    """What routes may refer to."""

    sections: Sections
    timetable: Timetable

    @cached_property
    def kinds(self) -> set[str]:
        """Kinds of contact that somebody has, or that a provider could reach."""
        people = self.sections.people.values()
        kinds = {kind for person in people for kind in (person.value or {}).get("contacts", {})}
        return kinds | set(self.sections.providers)

    def contact(self, person: str, via: Iterable[str]) -> tuple[str, Any] | None:
        """Kind and value of the contact that a route uses; None if the person has no such contact."""
        contacts = (self.sections.people[person].value or {}).get("contacts", {})
        return next(((kind, contacts[kind]) for kind in via or contacts if kind in contacts), None)

    def people(self, name: str) -> list[str]:
        """The people in an entry of `to`, as a person or as a group."""
        if name.startswith(GROUP):
            group = self.sections.groups.get(name.removeprefix(GROUP))
            return list(group.value) if group else []
        return [name] if name in self.sections.people else []

    def fault_of_reach(self, name: str, via: Iterable[str]) -> Fault | None:
        """What is wrong if none of the people in *name* has a contact that a route with *via* could use."""
        people = self.people(name)
        if not people or any(person not in self.sections.people or self.contact(person, via) for person in people):
            return None
        kinds = f" of kind {' or '.join(map(mask, via))}" if via else ""
        is_group = name.startswith(GROUP)
        message = (
            f"nobody in {quote(name)} has a contact{kinds}" if is_group else f"{quote(name)} has no contact{kinds}"
        )
        return message, f"add one to people.{mask(people[0])}.contacts"

    def is_outside(self, name: str, via: Iterable[str]) -> bool:
        """Whether everything that *name* stands for, in a route with *via*, is outside."""
        if name in self.sections.channels:
            return bool(self.sections.channels[name].value.get("outside"))
        people = [person for person in self.people(name) if person in self.sections.people]
        taken = [self.contact(person, via) for person in people]
        values = [contact[1] for contact in taken if contact]
        return bool(values) and all(isinstance(value, dict) and value.get("outside") for value in values)


# ------------------------------------------------------------------ what a route matches


def _check_matches(entry: Entry, known: _Known, catalog: Catalog, names: Names) -> Iterator[Problem]:
    """Checks condition, audience and visibility against the notifications that a route names."""
    matches = [catalog.notifications[id] for id in sorted(names.expand(*entry.value["notify"]))]
    if not matches:
        return
    types = dict.fromkeys(notification.event_type for notification in matches)
    shapes = Shape.of_notifications(catalog, (notification.id for notification in matches))
    if "when" in entry.value:
        fields = {"type": types, "category": {catalog.events[name].category for name in types}}
        terms = Terms(known.timetable.schedules, catalog.states)
        yield from check_condition(entry.below("when"), shapes, catalog.schemas, fields, terms)
    place = names_in(entry.value["to"]).get(AUDIENCE)
    if place and all(notification.audience is Audience.ANY for notification in matches):
        yield entry.problem(place, *NOBODY)
    for lookup_place, target in entries_of(entry.value["to"], ("to",)):
        if isinstance(target, Mapping) and LOOKUP in target:
            yield from check_path(entry, (*lookup_place, "key"), target["key"], shapes, catalog.schemas)
    # A place with readers outside gets no staff-only notification.
    staff_only = next((notification.id for notification in matches if notification.is_staff_only), None)
    for name, name_place in names_in(entry.value["to"]).items() if staff_only else ():
        if known.is_outside(name, entry.value.get("via", ())):
            message = f"{quote(name)} is outside, but {staff_only} is for staff only"
            yield entry.problem(name_place, message, "name only notifications that people outside may read")


# ------------------------------------------------------------------ targets


def _check_to(entry: Entry, known: _Known) -> Iterator[Problem]:
    via = entry.value.get("via", ())
    unknown_kinds = [(number, kind) for number, kind in enumerate(via) if kind not in known.kinds]
    if known.sections.is_complete:
        for number, kind in unknown_kinds:
            hint = did_you_mean(kind, known.kinds)
            yield entry.problem(("via", number), f"nobody has a contact of kind {quote(kind)}", hint)
    for place, target in entries_of(entry.value["to"], ("to",)):
        if isinstance(target, Mapping):
            kind = ROTATION if ROTATION in target else LOOKUP
            if unknown := known.sections.unknown(f"{kind}s", target[kind]):
                yield entry.problem((*place, kind), *unknown)
            continue
        fault = _fault_of_name(target, known.sections)
        if fault is None and not unknown_kinds:
            fault = known.fault_of_reach(target, via)
        if fault:
            yield entry.problem(place, *fault)


def _check_lookups(known: _Known) -> Iterator[Problem]:
    """Values of lookups that are used as targets but name none, with the place of the table or of its file."""
    for lookup in target_lookups(known.sections, known.timetable):
        entry = known.sections.lookups[lookup.name]
        for key, value in lookup.table.items():
            if fault := _fault_of_name(value, known.sections):
                place = ("table", key) if key in entry.value.get("table", {}) else ("csv",)
                yield entry.problem(place, f"{fault[0]} (key {quote(key)})", fault[1])
        if lookup.default is not None and (fault := _fault_of_name(lookup.default, known.sections)):
            yield entry.problem(("default",), *fault)


def _fault_of_name(name: str, sections: Sections) -> Fault | None:
    """What is wrong with a name in `to`."""
    if name == AUDIENCE:
        return None
    if name.startswith(GROUP):
        group = name.removeprefix(GROUP).strip()
        is_known = sections.knows("groups", name.removeprefix(GROUP))
        return None if is_known else (f"unknown group {quote(group)}", did_you_mean(group, sections.groups))
    if name in sections.channels and name in sections.people:
        return f"{quote(name)} is a channel and a person", "rename one of the two"
    if sections.knows("channels", name) or sections.knows("people", name):
        return None
    if name in sections.groups:
        return f"{quote(name)} is a group", f"write 'group:{mask(name)}'"
    if name in sections.rotations:
        return f"{quote(name)} is a rotation", f"write {{rotation: {mask(name)}}}"
    if name in sections.lookups:
        return f"{quote(name)} is a lookup", f"write {{lookup: {mask(name)}, key: PATH}}"
    hint = _hint_of_prefix(name, sections) or did_you_mean(name, [*sections.channels, *sections.people, AUDIENCE])
    what = "person" if nearest(name, sections.people, most=1) and not nearest(name, sections.channels) else "channel"
    return f"unknown {what} {quote(name)}", hint


def _hint_of_prefix(name: str, sections: Sections) -> str | None:
    """What to write instead of a *name* with a kind before it: `person:ana`, `rotation:oncall`."""
    prefix, _, rest = name.partition(":")
    rest = rest.strip()
    if not rest:
        return None
    match prefix:
        case "person" | "people" | "user" | "channel" | "channels":
            names = {*sections.channels, *sections.people}
            meant = rest if rest in names else next(iter(nearest(rest, names, most=1)), rest)
            return f"people and channels are named without a prefix: write {quote(meant)}"
        case "groups":
            return f"write 'group:{mask(rest)}'"
        case "rotation" | "rotations":
            return f"write {{rotation: {mask(rest)}}}"
        case "lookup" | "lookups":
            return f"write {{lookup: {mask(rest)}, key: PATH}}"
    return None


# ------------------------------------------------------------------ what nothing uses


def _check_unused(sections: Sections, timetable: Timetable) -> Iterator[Problem]:
    """Channels, groups and providers that nothing uses. A person in no route may still be reached as an audience."""
    used = {name for entry in sections.routes.values() for name in names_in(entry.value["to"])}
    if sections.fallback:
        used |= names_in(sections.fallback.value["to"]).keys()
    used |= lookup_targets(sections, timetable)
    declared = sections.channels.keys() | sections.people.keys() | {AUDIENCE}
    # A misspelled name is one problem, not two: the name that was probably meant counts as used.
    for name in used - declared:
        used.add(name.rpartition(":")[2].strip())
        used |= set(nearest(name, sections.channels, most=1))
        used |= {GROUP + group for group in nearest(name.removeprefix(GROUP), sections.groups, most=1)}
    for name, entry in sections.channels.items():
        if name not in used:
            yield _unused(entry, f"no route uses the channel {quote(name)}", "name it in a route, or remove it")
    for name, entry in sections.groups.items():
        if GROUP + name not in used:
            yield _unused(
                entry, f"no route uses the group {quote(name)}", f"write 'group:{mask(name)}' in a route, or remove it"
            )


def _unused(entry: Entry, message: str, hint: str) -> Problem:
    return entry.problem((), message, hint, key=True, level=Level.WARNING)
