"""Builds people from YAML that has been checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from gateway.config.places.build import build_contact
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.config.sections import Entry
from gateway.model import Address, Lane, Person
from gateway.routing.audience import normalize


class PersonKeys(TypedDict, total=False):
    """The keys of a person in the YAML; see `config.catalog.keys`."""

    name: str
    identities: list[str]
    timezone: str
    locale: str
    language: str
    contacts: dict[str, Any]


def build_person(
    entry: Entry, providers: Mapping[str, Address], secrets: SecretStore, services: Services | None
) -> tuple[Person, list[Lane]]:
    """The person, and the lanes of contacts that have a lane of their own. Raises: SecretMissing."""
    value: PersonKeys = entry.value or PersonKeys()
    contacts, lanes = {}, []
    for kind in value.get("contacts", {}):
        target, lane = build_contact(entry, kind, providers.get(kind), secrets, services)
        contacts[kind] = target
        lanes += [lane] if lane else []
    person = Person(
        name=entry.name,
        full_name=value.get("name", entry.name),
        identities=frozenset(identity for _, identity in person_identities(entry.name, value)),
        timezone=value.get("timezone", ""),
        contacts=contacts,
        locale=value.get("locale", ""),
        language=value.get("language", ""),
    )
    return person, lanes


def person_identities(name: str, value: PersonKeys) -> list[tuple[tuple[str | int, ...], str]]:
    """Place below the person and normal form of each identity, without duplicates: the key in the YAML, the listed
    identities, and a plain e-mail contact."""
    email = value.get("contacts", {}).get("email")
    entries: list[tuple[tuple[str | int, ...], str]] = [((), name)]
    entries += [(("identities", number), identity) for number, identity in enumerate(value.get("identities", []))]
    entries += [(("contacts", "email"), email)] if isinstance(email, str) else []
    places: dict[str, tuple[str | int, ...]] = {}
    for place, identity in entries:
        places.setdefault(normalize(identity), place)
    return [(place, identity) for identity, place in places.items()]


def by_full_name(people: Iterable[Person]) -> Mapping[str, tuple[str, ...]]:
    """For each full name in normal form, the people who have it."""
    bearers: dict[str, list[str]] = {}
    for person in people:
        bearers.setdefault(normalize(person.full_name), []).append(person.name)
    return {full_name: tuple(names) for full_name, names in bearers.items()}
