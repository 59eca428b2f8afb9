"""Builds the `Config` from documents that have been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from gateway.conditions.parse import Terms
from gateway.config.brand import build_brand
from gateway.config.directory.build import build_person, by_full_name
from gateway.config.messages import build_route_messages
from gateway.config.names import Names
from gateway.config.network import build_network
from gateway.config.places.build import build_address, build_channel, build_lane
from gateway.config.places.services import Services
from gateway.config.routes.build import build_fallback, build_recipient, build_route, by_notification, lookup_targets
from gateway.config.schedules.build import Timetable
from gateway.config.schedules.references import with_schedules
from gateway.config.secrets import SecretStore
from gateway.config.sections import Sections
from gateway.config.sources.build import build_source
from gateway.model import (
    DEFAULT_LOCALE,
    DEFAULT_TIMEZONE,
    Catalog,
    Config,
    Lane,
    Person,
    Problem,
    Source,
    SourceMapping,
    Target,
)


@dataclass(frozen=True)
class Places:
    """All places to which messages can go, by name."""

    channels: dict[str, Target]
    people: dict[str, Person]
    """The people, each with their contacts."""
    lanes: dict[str, Lane]

    @classmethod
    def build(cls, sections: Sections, secrets: SecretStore, services: Services | None) -> Self:
        """A provider gives its contacts one common lane. Raises: SecretMissing."""
        places = cls({}, {}, {})
        for name, entry in sections.channels.items():
            places.channels[name], lane = build_channel(entry, secrets, services)
            places.lanes[lane.name] = lane
        providers = {name: build_address(entry, secrets) for name, entry in sections.providers.items()}
        for name, entry in sections.providers.items():
            places.lanes[f"provider/{name}"] = build_lane(f"provider/{name}", entry, providers[name], services)
        for name, entry in sections.people.items():
            places.people[name], contact_lanes = build_person(entry, providers, secrets, services)
            places.lanes.update({lane.name: lane for lane in contact_lanes})
        return places

    @property
    def targets(self) -> dict[str, Target]:
        """Every channel and contact, and their parts. A single recipient is known by two names, that of the place and
        that of the part; the part's name remains when others are added."""
        contacts = (contact for person in self.people.values() for contact in person.contacts.values())
        places = [*self.channels.values(), *contacts]
        wholes = {place.name: place for place in places if len(place.parts) <= 1}
        return wholes | {part.name: part for place in places for part in place.parts}


def build(
    catalog: Catalog,
    sections: Sections,
    secrets: SecretStore,
    digest: str,
    extra_sources: Mapping[str, Source],
    warnings: tuple[Problem, ...],
    services: Services | None,
    timetable: Timetable,
    mappings: Mapping[str, SourceMapping],
) -> Config:
    """The configuration in documents without errors. Raises: SecretMissing if a secret was removed after the checks."""
    timezone = sections.timezone.value if sections.timezone else DEFAULT_TIMEZONE
    language = sections.language.value if sections.language else ""
    places = Places.build(sections, secrets, services)
    people = places.people.values()
    notifications, event_types = Names(catalog.notifications), Names(catalog.events)
    terms = Terms(timetable.schedules, catalog.states)
    routes = tuple(build_route(entry, sections, notifications, timetable, terms) for entry in sections.routes.values())
    sources = {
        name: build_source(entry, event_types, secrets, mappings.get(name)) for name, entry in sections.sources.items()
    }
    return Config(
        digest=digest,
        catalog=with_schedules(catalog, timetable.schedules),
        sources={**extra_sources, **sources},
        lanes=places.lanes,
        channels=places.channels,
        people=places.people,
        groups={name: tuple(dict.fromkeys(entry.value)) for name, entry in sections.groups.items()},
        routes=routes,
        fallback=build_fallback(sections.fallback, sections) if sections.fallback else None,
        has_narrow_fallback=bool(sections.fallback and "only" in sections.fallback.value),
        timezone=timezone,
        people_by_identity={identity: person.name for person in people for identity in person.identities},
        people_by_full_name=by_full_name(people),
        routes_by_notification=by_notification(routes),
        targets=places.targets,
        route_messages=build_route_messages(sections),
        brand=build_brand(sections.brand),
        network=build_network(sections.network)[0],
        warnings=warnings,
        schedules=timetable.schedules,
        rotations=timetable.rotations,
        lookups=timetable.lookups,
        locale=sections.locale.value if sections.locale else language or DEFAULT_LOCALE,
        language=language,
        recipients={value: build_recipient(value, sections) for value in lookup_targets(sections, timetable)},
    )
