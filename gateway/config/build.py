"""From checked documents to the dataclasses of `model`: the only place of defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from gateway.conditions.parse import parse_condition
from gateway.config.catalog.build_timing import build_delay, build_reactions, build_timing
from gateway.config.places.build_lanes import build_lane
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore, is_secret
from gateway.config.sections import Entry, Sections
from gateway.model import (
    ALWAYS,
    Address,
    Audience,
    Catalog,
    Category,
    Condition,
    Config,
    EventType,
    FieldValue,
    Lane,
    MessageTemplate,
    Notification,
    Path,
    Person,
    Presence,
    Recipient,
    Role,
    Route,
    Scope,
    Secret,
    Severity,
    Source,
    Target,
)
from gateway.paths import parse_path
from gateway.routing.audience import normalize
from gateway.yaml.document import Document

OWN_KEYS = frozenset({"url", "service", "rate", "concurrency", "retry", "outside", "address"})
"""Keys of a channel, provider or contact that are ours; the others are Apprise's fields."""
AUDIENCE = "audience"
GROUP = "group:"
GLOB = frozenset("*?[")


# ------------------------------------------------------------------ the catalogue


def build_catalog(document: Document, schemas: Mapping[str, Any]) -> Catalog:
    """The catalogue that a document says which has passed its schema."""
    value = document.value
    categories = {
        name: Category(name, one["title"], one.get("description", "")) for name, one in value["categories"].items()
    }
    events = {name: build_event_type(name, one, value["events"]) for name, one in value["events"].items()}
    notifications = {one.id: one for event in events.values() for one in event.notifications}
    return Catalog(categories, events, notifications, schemas, build_reactions(events))


def build_event_type(name: str, value: Mapping[str, Any], events: Mapping[str, Any]) -> EventType:
    """One event type of the catalogue; *events* are all of them, as the YAML has them."""
    message = value.get("message", {"title": value["title"], "body": ""})  # a fact has none
    return EventType(
        name=name,
        category=value["category"],
        title=value["title"],
        description=value.get("description", ""),
        severity=Severity(value.get("severity", Severity.INFO)),
        subject=parse_path(value["subject"]) if "subject" in value else None,
        people={Role(role): build_paths(paths) for role, paths in value.get("people", {}).items()},
        schema=value["data"],
        message=MessageTemplate(message["title"], message["body"], message.get("link", "")),
        example=value["example"],
        notifications=tuple(
            Notification(
                id=f"{name}.{key}",
                event_type=name,
                title=one["title"],
                audience=Audience(one.get("audience", Audience.ANY)),
                when=build_condition(one.get("when")),
                excepts_actor=one.get("except") == "actor",
                is_staff_only=one.get("visibility") == "staff",
                delay=build_delay(one, events),
                presence=Presence(one["presence"]) if "presence" in one else None,
            )
            for key, one in value.get("notifications", {}).items()
        ),
        is_fact=value.get("fact", False),
        timing=build_timing(value, events),
    )


def build_paths(value: str | list[str]) -> tuple[Path, ...]:
    return tuple(parse_path(one) for one in ([value] if isinstance(value, str) else value))


def build_condition(value: Mapping[str, Any] | None) -> Condition:
    """Raises: ConditionError."""
    return parse_condition(value) if value else ALWAYS


# ------------------------------------------------------------------ addresses


def build_address(value: Mapping[str, Any], secrets: SecretStore) -> Address:
    """The address of a channel, of a provider, or of a contact of its own. Raises: SecretMissing."""
    if "url" in value:
        return Address(url=secrets.resolve(value["url"]))
    fields = {name: _field(one, secrets) for name, one in value.items() if name not in OWN_KEYS}
    return Address(service=str(value["service"]), fields=fields)


def _field(value: Any, secrets: SecretStore) -> FieldValue:
    if is_secret(value):
        return secrets.resolve(value)
    if isinstance(value, list):
        return tuple(secrets.resolve(one) if is_secret(one) else str(one) for one in value)
    plain: str | int | float | bool = value
    return plain


def contact_recipient(value: Any) -> Any:
    """What of a contact is an address for its provider: text or a reference to a secret; None: it has its own place."""
    if isinstance(value, str) or is_secret(value):
        return value
    return value.get("address")


def build_contact_address(value: Any, provider: Address | None, secrets: SecretStore) -> Address:
    """Raises: SecretMissing."""
    recipient = contact_recipient(value)
    if recipient is None or provider is None:
        return build_address(value, secrets)
    secret = secrets.resolve(recipient) if is_secret(recipient) else Secret(recipient)
    return Address(provider.service, provider.fields, recipient=secret)


# ------------------------------------------------------------------ names and globs


class Names:
    """Names that a configuration may refer to by glob."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self.expand = lru_cache(maxsize=None)(self._expand)

    def _expand(self, pattern: str) -> frozenset[str]:
        """The names that *pattern* means: one name, or all that a glob matches."""
        if not GLOB & set(pattern):
            return frozenset({pattern} & self._names.keys())
        return frozenset(name for name in self._names if fnmatchcase(name, pattern))


def build_recipient(text: str, sections: Sections) -> Recipient:
    if text == AUDIENCE:
        return Recipient("audience")
    if text.startswith(GROUP):
        return Recipient("group", text.removeprefix(GROUP))
    return Recipient("channel" if text in sections.channels else "person", text)


# ------------------------------------------------------------------ the whole


def build(
    catalog: Catalog,
    sections: Sections,
    secrets: SecretStore,
    digest: str,
    extra_sources: Mapping[str, Source],
    services: Services | None,
) -> Config:
    """The configuration that checked documents say."""
    timezone = sections.timezone.value if sections.timezone else "UTC"
    lanes: dict[str, Lane] = {}
    channels = {name: _channel(entry, secrets, lanes, services) for name, entry in sections.channels.items()}
    providers = {name: build_address(entry.value, secrets) for name, entry in sections.providers.items()}
    for name, entry in sections.providers.items():
        lanes[f"provider/{name}"] = build_lane(f"provider/{name}", entry.value, providers[name], services)
    people = {
        name: _person(entry, providers, timezone, secrets, lanes, services) for name, entry in sections.people.items()
    }
    notifications = Names(catalog.notifications)
    routes = tuple(_route(entry, sections, notifications) for entry in sections.routes.values())
    by_notification: dict[str, list[Route]] = {}
    for route in routes:
        for notification in route.notifications:
            by_notification.setdefault(notification, []).append(route)
    contacts = {contact.name: contact for person in people.values() for contact in person.contacts.values()}
    event_types = Names(catalog.events)
    sources = {name: _source(entry, event_types, secrets) for name, entry in sections.sources.items()}
    return Config(
        digest=digest,
        catalog=catalog,
        sources={**extra_sources, **sources},
        lanes=lanes,
        channels=channels,
        people=people,
        groups={name: tuple(dict.fromkeys(entry.value)) for name, entry in sections.groups.items()},
        routes=routes,
        fallback=_fallback(sections.fallback, sections) if sections.fallback else None,
        timezone=timezone,
        people_by_identity={one: person.name for person in people.values() for one in person.identities},
        people_by_full_name=_by_full_name(people),
        routes_by_notification={name: tuple(found) for name, found in by_notification.items()},
        targets={**channels, **contacts},
    )


def _by_full_name(people: Mapping[str, Person]) -> Mapping[str, tuple[str, ...]]:
    bearers: dict[str, list[str]] = {}
    for person in people.values():
        bearers.setdefault(normalize(person.full_name), []).append(person.name)
    return {full_name: tuple(names) for full_name, names in bearers.items()}


def _channel(entry: Entry, secrets: SecretStore, lanes: dict[str, Lane], services: Services | None) -> Target:
    lane = f"channel/{entry.name}"
    address = build_address(entry.value, secrets)
    lanes[lane] = build_lane(lane, entry.value, address, services)
    is_outside = bool(entry.value.get("outside", False))
    return Target(entry.name, lane, address, is_outside=is_outside)


def _person(
    entry: Entry,
    providers: Mapping[str, Address],
    timezone: str,
    secrets: SecretStore,
    lanes: dict[str, Lane],
    services: Services | None,
) -> Person:
    value = entry.value or {}
    contacts = {}
    for kind, contact in value.get("contacts", {}).items():
        lane = f"provider/{kind}"
        address = build_contact_address(contact, providers.get(kind), secrets)
        if contact_recipient(contact) is None:
            lane = f"contact/{entry.name}/{kind}"
            lanes[lane] = build_lane(lane, contact, address, services)
        contacts[kind] = Target(
            name=f"{entry.name}/{kind}",
            lane=lane,
            address=address,
            person=entry.name,
            is_outside=isinstance(contact, dict) and bool(contact.get("outside", False)),
        )
    return Person(
        name=entry.name,
        full_name=value.get("name", entry.name),
        identities=frozenset(one for _, one in person_identities(entry.name, value)),
        timezone=value.get("timezone", timezone),
        contacts=contacts,
    )


def person_identities(name: str, value: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """What a person is known by, normalized, each with its place below the person, once.

    These are the key, the identities given, and a plain e-mail contact.
    """
    email = value.get("contacts", {}).get("email")
    found: list[tuple[tuple[str | int, ...], str]] = [((), name)]
    found += [(("identities", number), one) for number, one in enumerate(value.get("identities", []))]
    found += [(("contacts", "email"), email)] if isinstance(email, str) else []
    places: dict[str, tuple[str | int, ...]] = {}
    for place, one in found:
        places.setdefault(normalize(one), place)
    return [(place, one) for one, place in places.items()]


def _route(entry: Entry, sections: Sections, notifications: Names) -> Route:
    value = entry.value
    return Route(
        name=entry.name,
        place=entry.document.at(*entry.path),
        notifications=frozenset().union(*(notifications.expand(one) for one in value["notify"])),
        to=tuple(build_recipient(one, sections) for one in value["to"]),
        via=tuple(value.get("via", ())),
        when=build_condition(value.get("when")),
    )


def _fallback(entry: Entry, sections: Sections) -> Route:
    to = tuple(build_recipient(one, sections) for one in entry.value["to"])
    return Route("fallback", entry.place, frozenset(), to, tuple(entry.value.get("via", ())))


def _source(entry: Entry, event_types: Names, secrets: SecretStore) -> Source:
    value = entry.value
    hashes = set()
    for token in value["tokens"]:
        if isinstance(token, str):
            hashes.add(token.removeprefix("sha256:"))
        else:
            hashes.add(hashlib.sha256(secrets.resolve(token).reveal().encode()).hexdigest())
    return Source(
        name=entry.name,
        event_types=frozenset().union(*(event_types.expand(one) for one in value["events"])),
        token_hashes=frozenset(hashes),
        scopes=frozenset(Scope(one) for one in value.get("scopes", (Scope.WRITE, Scope.READ))),
    )
