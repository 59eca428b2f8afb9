"""The meaning of the routes: every name is known, and every route can bring something to somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.config.build import AUDIENCE, GLOB, GROUP, Names
from gateway.config.check_conditions import check_condition
from gateway.config.sections import Entry, Sections
from gateway.model import OWN, Audience, Catalog, Notification, Problem
from gateway.suggestions import did_you_mean, nearest


def check_routes(sections: Sections, catalog: Catalog | None) -> Iterator[Problem]:
    """What is wrong with routes, fallback and what sources may post; *catalog* None: it has problems itself."""
    known = _Known(sections)
    if reserved := sections.sources.get(OWN):
        yield reserved.problem((), f"the source {OWN!r} is the gateway itself", "take another name", key=True)
    if catalog:
        event_types, notifications = Names(catalog.events), Names(catalog.notifications)
        facts = {one.name: _fed(one.name, catalog) for one in catalog.events.values() if one.is_fact}
        for entry in sections.sources.values():
            yield from _check_patterns(entry, "events", event_types, catalog.events, "event type")
        for entry in sections.routes.values():
            yield from _check_patterns(entry, "notify", notifications, catalog.notifications, "notification", facts)
            yield from _check_matched(entry, known, catalog, notifications)
    for entry in sections.routes.values():
        yield from _check_to(entry, known)
    if sections.fallback:
        yield from _check_to(sections.fallback, known)
        if AUDIENCE in sections.fallback.value["to"]:
            number = sections.fallback.value["to"].index(AUDIENCE)
            yield sections.fallback.problem(("to", number), *NOBODY)
    yield from _check_unused(sections)


@dataclass(frozen=True)
class _Known:
    """What routes refer to."""

    sections: Sections

    @cached_property
    def kinds(self) -> set[str]:
        """Kinds of contact that somebody has, or that a provider could reach."""
        people = self.sections.people.values()
        return {kind for one in people for kind in (one.value or {}).get("contacts", {})} | set(self.sections.providers)

    def contact(self, person: str, via: Iterable[str]) -> tuple[str, Any] | None:
        """(kind, value) of the contact that a route takes; None when the person has none of these."""
        contacts = (self.sections.people[person].value or {}).get("contacts", {})
        return next(((kind, contacts[kind]) for kind in via or contacts if kind in contacts), None)


NOBODY = ("nobody is meant by 'audience' here", "these notifications concern anybody: name channels or people")


# ------------------------------------------------------------------ patterns

EMPTY: Mapping[str, str] = {}


def _check_patterns(
    entry: Entry, key: str, names: Names, known: Mapping[str, Any], what: str, facts: Mapping[str, str] = EMPTY
) -> Iterator[Problem]:
    """Names and globs of *entry* that mean none of *known*; *facts* are those that look like it: what each feeds."""
    for number, pattern in enumerate(entry.value[key]):
        fact = next((one for one in (pattern, pattern.rpartition(".")[0]) if one in facts), None)
        if fact:
            message = f"{fact!r} is a fact, which tells nobody anything by itself"
            yield entry.problem((key, number), message, f"name what it feeds: {facts[fact]!r}")
        elif not names.expand(pattern):
            is_glob = bool(GLOB & set(pattern))
            message = f"{pattern!r} matches no {what}" if is_glob else f"unknown {what} {pattern!r}"
            yield entry.problem((key, number), message, _right_pattern(pattern, names, known))


def _fed(fact: str, catalog: Catalog) -> str:
    """The notifications that *fact* feeds first, as a route names them."""
    first = next(iter(catalog.reactions.get(fact, ())), None)
    return (first.notification or f"{first.event_type}.*") if first else "*"


def _right_pattern(pattern: str, names: Names, known: Mapping[str, Any]) -> str | None:
    """A pattern like *pattern* that matches: with all below it, or with another beginning."""
    if not GLOB & set(pattern) and names.expand(f"{pattern}.*"):
        return f"write '{pattern}.*' for all of it"
    first, dot, rest = pattern.partition(".")
    for begin in nearest(first, {name.partition(".")[0] for name in known}, most=1):
        if GLOB & set(pattern) and names.expand(f"{begin}{dot}{rest}"):
            return f"did you mean '{begin}{dot}{rest}'?"
    return did_you_mean(pattern, known)


def _check_matched(entry: Entry, known: _Known, catalog: Catalog, names: Names) -> Iterator[Problem]:
    """Condition, audience and visibility, against the notifications that a route names."""
    ids: set[str] = set().union(*(names.expand(pattern) for pattern in entry.value["notify"]))
    matched = [catalog.notifications[id] for id in sorted(ids)]
    if not matched:
        return
    if "when" in entry.value:
        types = dict.fromkeys(one.event_type for one in matched)
        schemas = [catalog.events[name].schema for name in types]
        fields = {"type": types, "category": {catalog.events[name].category for name in types}}
        yield from check_condition(entry.below("when"), schemas, catalog.schemas, fields)
    if AUDIENCE in entry.value["to"] and all(one.audience is Audience.ANY for one in matched):
        yield entry.problem(("to", entry.value["to"].index(AUDIENCE)), *NOBODY)
    yield from _check_visibility(entry, known, matched)


def _check_visibility(entry: Entry, known: _Known, matched: Iterable[Notification]) -> Iterator[Problem]:
    """Something for staff only that goes, by name, where others read it."""
    staff = next((one.id for one in matched if one.is_staff_only), None)
    if staff is None:
        return
    for number, name in enumerate(entry.value["to"]):
        if _is_outside(name, entry, known):
            message = f"{name!r} is outside, and {staff} is for staff only"
            yield entry.problem(("to", number), message, "name the notifications that may be heard of there")


def _is_outside(name: str, entry: Entry, known: _Known) -> bool:
    """Whether everything that *name* stands for is outside."""
    sections = known.sections
    if name in sections.channels:
        return bool(sections.channels[name].value.get("outside"))
    people = _people(name, sections)
    contacts = [known.contact(one, entry.value.get("via", ())) for one in people if one in sections.people]
    found = [one[1] for one in contacts if one]
    return bool(found) and all(isinstance(one, dict) and one.get("outside") for one in found)


def _people(name: str, sections: Sections) -> list[str]:
    """The people that an entry of `to` names one by one."""
    if name.startswith(GROUP):
        group = sections.groups.get(name.removeprefix(GROUP))
        return list(group.value) if group else []
    return [name] if name in sections.people else []


# ------------------------------------------------------------------ targets


def _check_to(entry: Entry, known: _Known) -> Iterator[Problem]:
    via = entry.value.get("via", ())
    unknown_kinds = [(number, kind) for number, kind in enumerate(via) if kind not in known.kinds]
    if known.sections.is_whole:
        for number, kind in unknown_kinds:
            hint = did_you_mean(kind, known.kinds)
            yield entry.problem(("via", number), f"nobody has a contact of kind {kind!r}", hint)
    for number, name in enumerate(entry.value["to"]):
        wrong = _wrong_target(name, known.sections)
        if wrong is None and not unknown_kinds:
            wrong = _unreachable(name, via, known)
        if wrong:
            yield entry.problem(("to", number), *wrong)


def _wrong_target(name: str, sections: Sections) -> tuple[str, str | None] | None:
    """What is wrong with a name in `to`, and what would be right."""
    if name == AUDIENCE:
        return None
    if name.startswith(GROUP):
        group = name.removeprefix(GROUP)
        is_known = sections.knows("groups", group)
        return None if is_known else (f"unknown group {group!r}", did_you_mean(group, sections.groups))
    if name in sections.channels and name in sections.people:
        return f"{name!r} is a channel and a person", "rename one of the two"
    if sections.knows("channels", name) or sections.knows("people", name):
        return None
    if name in sections.groups:
        return f"{name!r} is a group", f"write 'group:{name}'"
    hint = did_you_mean(name, [*sections.channels, *sections.people, AUDIENCE])
    what = "person" if hint and hint.split("'")[1] in sections.people else "channel"
    return f"unknown {what} {name!r}", hint


def _unreachable(name: str, via: Iterable[str], known: _Known) -> tuple[str, str | None] | None:
    """Somebody who is named and has no contact that the route could take."""
    people = _people(name, known.sections)
    if not people or any(one not in known.sections.people or known.contact(one, via) for one in people):
        return None
    kinds = f" of kind {' or '.join(via)}" if via else ""
    who = f"nobody in {name!r} has" if name.startswith(GROUP) else f"{name!r} has no"
    what = f"a contact{kinds}" if name.startswith(GROUP) else f"contact{kinds}"
    return f"{who} {what}", f"add one to people.{people[0]}.contacts"


def _check_unused(sections: Sections) -> Iterator[Problem]:
    if not sections.is_whole:
        return
    used = {name for entry in sections.routes.values() for name in entry.value["to"]}
    if sections.fallback:
        used |= set(sections.fallback.value["to"])
    known = sections.channels.keys() | sections.people.keys() | {AUDIENCE}
    unknown = [name for name in used - known if not name.startswith(GROUP)]
    for name in unknown:  # a slip in a channel's name is one problem, not two
        used |= set(nearest(name, sections.channels, most=1))
    for name, entry in sections.channels.items():
        if name not in used:
            yield entry.problem((), f"no route uses the channel {name!r}", "name it in a route, or remove it", key=True)
