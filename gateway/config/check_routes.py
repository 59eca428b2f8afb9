"""The meaning of the routes: every name is known, every address is one that Apprise takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.build import (
    AUDIENCE,
    GROUP,
    OWN_KEYS,
    Names,
    build_address,
    build_contact_address,
    contact_recipient,
    person_identities,
)
from gateway.config.check_conditions import check_condition
from gateway.config.hints import did_you_mean, nearest
from gateway.config.secrets import SecretMissing, SecretStore, is_secret
from gateway.config.sections import Entry, Sections
from gateway.config.services import Services
from gateway.model import Address, Audience, Catalog, Notification, Problem


def check_routes(
    sections: Sections, catalog: Catalog, secrets: SecretStore, services: Services | None
) -> Iterator[Problem]:
    """What is wrong with sections whose documents have passed their schema."""
    event_types, notifications = Names(catalog.events), Names(catalog.notifications)
    for entry in sections.sources.values():
        yield from _check_patterns(entry, "events", event_types, catalog.events, "event type")
        yield from _check_secrets(entry, secrets)
    yield from _check_providers(sections, secrets, services)
    for entry in sections.channels.values():
        yield from _check_place(entry, secrets, services)
    yield from _check_people(sections, secrets, services)
    for entry in sections.groups.values():
        for number, name in enumerate(entry.value):
            if name not in sections.people:
                yield entry.problem((number,), f"unknown person {name!r}", did_you_mean(name, sections.people))
    for entry in sections.routes.values():
        yield from _check_patterns(entry, "notify", notifications, catalog.notifications, "notification")
        yield from _check_route(entry, sections, catalog, notifications)
    if sections.fallback:
        yield from _check_to(sections.fallback, sections, has_audience=False)
        yield from _check_via(sections.fallback, sections)
    yield from _check_timezone(sections.timezone)
    yield from _check_unused(sections)


def _check_patterns(entry: Entry, key: str, names: Names, known: Mapping[str, Any], what: str) -> Iterator[Problem]:
    for number, pattern in enumerate(entry.value[key]):
        if not names.expand(pattern):
            is_glob = any(sign in pattern for sign in "*?[")
            message = f"{pattern!r} matches no {what}" if is_glob else f"unknown {what} {pattern!r}"
            yield entry.problem((key, number), message, did_you_mean(pattern, known))


# ------------------------------------------------------------------ places


def _check_providers(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    for entry in sections.providers.values():
        missing = list(_check_secrets(entry, secrets))
        yield from missing or _check_service(entry, services)


def _check_place(entry: Entry, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """A channel, or a contact that is a place of its own."""
    value = entry.value
    if ("url" in value) == ("service" in value):
        message = "a url and a service stand here" if "url" in value else "neither a url nor a service stands here"
        yield entry.problem((), message, "give one of the two", key=True)
        return
    found = list(_check_secrets(entry, secrets)) or list(_check_service(entry, services))
    yield from found
    if services and not found:
        yield from _check_address(entry, build_address(value, secrets), services)


def _check_secrets(entry: Entry, secrets: SecretStore) -> Iterator[Problem]:
    """Secrets of *entry*, at any depth, that cannot be had."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), entry.value)]
    while waiting:
        rest, value = waiting.pop()
        if is_secret(value):
            try:
                secrets.resolve(value)
            except SecretMissing as exc:
                yield entry.problem(rest, str(exc))
        elif isinstance(value, dict):
            waiting += [((*rest, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*rest, number), one) for number, one in enumerate(value)]


def _check_service(entry: Entry, services: Services | None) -> Iterator[Problem]:
    """An unknown service, and fields that it does not take."""
    value = entry.value
    if services is None or "service" not in value:
        return
    service = value["service"]
    if service not in services.names():
        yield entry.problem(("service",), f"unknown service {service!r}", did_you_mean(service, services.names()))
        return
    fields = services.fields(service)
    for name in value:
        if name not in OWN_KEYS and name not in fields:
            hint = did_you_mean(name, [*fields, *OWN_KEYS])
            yield entry.problem((name,), f"the service {service!r} has no field {name!r}", hint, key=True)
        elif name in fields and fields[name].is_secret and isinstance(value[name], str):
            yield entry.problem((name,), "a secret stands in the YAML", f"write {{env: NAME}} for {name}")


def _check_address(entry: Entry, address: Address, services: Services) -> Iterator[Problem]:
    refusal = services.refusal(address)
    if refusal:
        yield entry.problem((), f"Apprise refuses this: {refusal}", key=True)


# ------------------------------------------------------------------ people


def _check_people(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    owners: dict[str, Entry] = {}
    providers = _usable_providers(sections, secrets, services)
    for entry in sections.people.values():
        value = entry.value or {}
        for identity in person_identities(entry.name, value):
            first = owners.setdefault(identity, entry)
            if first is not entry:
                message = f"{identity!r} is {first.name} as well ({first.place})"
                yield entry.problem(("identities",), message, "an identity belongs to one person")
        if "timezone" in value:
            yield from _check_timezone(entry.below("timezone"))
        for kind in value.get("contacts", {}):
            yield from _check_contact(entry.below("contacts", kind), kind, sections, providers, secrets, services)


def _usable_providers(sections: Sections, secrets: SecretStore, services: Services | None) -> dict[str, Address]:
    """Addresses of the providers that nothing is wrong with; the others have their problem already."""
    return {
        name: build_address(entry.value, secrets)
        for name, entry in sections.providers.items()
        if not list(_check_secrets(entry, secrets)) and not list(_check_service(entry, services))
    }


def _check_contact(
    entry: Entry,
    kind: str,
    sections: Sections,
    providers: Mapping[str, Address],
    secrets: SecretStore,
    services: Services | None,
) -> Iterator[Problem]:
    if contact_recipient(entry.value) is None:
        yield from _check_place(entry, secrets, services)
        return
    if kind not in sections.providers:
        hint = did_you_mean(kind, sections.providers) or f"add providers.{kind}, or give the contact a url of its own"
        yield entry.problem((), f"no provider reaches a contact of kind {kind!r}", hint, key=True)
        return
    missing = list(_check_secrets(entry, secrets))
    yield from missing
    if services and kind in providers and not missing:
        yield from _check_address(entry, build_contact_address(entry.value, providers[kind], secrets), services)


def _check_timezone(entry: Entry | None) -> Iterator[Problem]:
    if entry is None:
        return
    try:
        ZoneInfo(entry.value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield entry.problem((), f"unknown timezone {entry.value!r}", "use an IANA name such as America/Denver")


# ------------------------------------------------------------------ routes


def _check_route(entry: Entry, sections: Sections, catalog: Catalog, names: Names) -> Iterator[Problem]:
    ids: set[str] = set().union(*(names.expand(pattern) for pattern in entry.value["notify"]))
    matched = [catalog.notifications[id] for id in sorted(ids)]
    if "when" in entry.value and matched:
        types = dict.fromkeys(one.event_type for one in matched)
        schemas = [catalog.events[name].schema for name in types]
        known = {"type": types, "category": catalog.categories}
        yield from check_condition(entry.below("when"), schemas, catalog.schemas, known)
    has_audience = not matched or any(one.audience is not Audience.ANY for one in matched)
    yield from _check_to(entry, sections, has_audience=has_audience)
    yield from _check_via(entry, sections)
    yield from _check_visibility(entry, sections, matched)


def _check_to(entry: Entry, sections: Sections, *, has_audience: bool) -> Iterator[Problem]:
    for number, name in enumerate(entry.value["to"]):
        place = ("to", number)
        if name == AUDIENCE:
            if not has_audience:
                yield entry.problem(
                    place,
                    "nobody is meant by 'audience' here",
                    "these notifications concern anybody: name channels or people",
                )
        elif name.startswith(GROUP):
            group = name.removeprefix(GROUP)
            if group not in sections.groups:
                yield entry.problem(place, f"unknown group {group!r}", did_you_mean(group, sections.groups))
        elif name in sections.channels and name in sections.people:
            yield entry.problem(place, f"{name!r} is a channel and a person", "rename one of the two")
        elif name not in sections.channels and name not in sections.people:
            yield entry.problem(place, *_unknown_target(name, sections))


def _unknown_target(name: str, sections: Sections) -> tuple[str, str | None]:
    if name in sections.groups:
        return f"{name!r} is a group", f"write 'group:{name}'"
    known = [*sections.channels, *sections.people, AUDIENCE]
    hint = did_you_mean(name, known)
    what = "person" if hint and hint.split("'")[1] in sections.people else "channel"
    return f"unknown {what} {name!r}", hint


def _check_via(entry: Entry, sections: Sections) -> Iterator[Problem]:
    kinds = {kind for person in sections.people.values() for kind in (person.value or {}).get("contacts", {})}
    kinds |= sections.providers.keys()
    for number, kind in enumerate(entry.value.get("via", ())):
        if kind not in kinds:
            yield entry.problem(("via", number), f"nobody has a contact of kind {kind!r}", did_you_mean(kind, kinds))


def _check_visibility(entry: Entry, sections: Sections, matched: Iterable[Notification]) -> Iterator[Problem]:
    staff = [one.id for one in matched if one.is_staff_only]
    for number, name in enumerate(entry.value["to"]):
        channel = sections.channels.get(name)
        if staff and channel and channel.value.get("outside"):
            message = f"{name!r} is outside, and {staff[0]} is for staff only"
            yield entry.problem(("to", number), message, "name the notifications that the channel may hear of")


def _check_unused(sections: Sections) -> Iterator[Problem]:
    used = {name for entry in sections.routes.values() for name in entry.value["to"]}
    if sections.fallback:
        used |= set(sections.fallback.value["to"])
    for unknown in used - sections.channels.keys():  # a slip in its name is one problem, not two
        used |= set(nearest(unknown, sections.channels, most=1))
    for name, entry in sections.channels.items():
        if name not in used:
            yield entry.problem((), f"no route uses the channel {name!r}", "name it in a route, or remove it", key=True)
