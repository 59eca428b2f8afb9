"""The configuration as a whole: what all files of a folder say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.model.brand import DEFAULT_BRAND, Brand
from gateway.model.catalogue import Catalog, MessageChanges
from gateway.model.directory import Lane, Person, Recipient, Route, RouteIndex, Source, Target
from gateway.model.languages import fallbacks
from gateway.model.network import NetworkPolicy
from gateway.model.problems import Problem
from gateway.model.schedules import Lookup, Rotation, Schedule
from gateway.model.words import ENGLISH, Words

DEFAULT_TIMEZONE = "UTC"
"""The timezone of timers and schedules if the files name none."""
DEFAULT_LOCALE = "en_US"


@dataclass(frozen=True, slots=True)
class Config:
    """One whole configuration; never changed, only replaced."""

    digest: str
    """Hash of all files that it was built from; every event stores it."""
    catalog: Catalog
    sources: Mapping[str, Source]
    lanes: Mapping[str, Lane]
    channels: Mapping[str, Target]
    people: Mapping[str, Person]
    groups: Mapping[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    fallback: Route | None
    """The route for events that no other route sends to anybody."""
    has_narrow_fallback: bool
    """Whether the fallback gets only events whose type no route names."""
    timezone: str
    people_by_identity: Mapping[str, str]
    """Normalized identity -> person's name."""
    people_by_full_name: Mapping[str, tuple[str, ...]]
    """For each normalized full name, the people who have it; it identifies a person only if exactly one has it."""
    routes_by_notification: Mapping[str, RouteIndex]
    """Only for notifications that a route names."""
    targets: Mapping[str, Target]
    """Channels by name and contacts as `person/kind`."""
    route_messages: Mapping[str, MessageChanges] = field(default_factory=dict)
    """What routes change in the messages that they send, by route, in the order of the files."""
    brand: Brand = DEFAULT_BRAND
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    """Which addresses messages may be sent to."""
    warnings: tuple[Problem, ...] = ()
    """Problems of level WARNING in its files, in the order of the files."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    """For lookups that are used in `to`: the recipient that each value stands for."""
    locale: str = DEFAULT_LOCALE
    """How days, times and numbers are written, unless a person or channel has a locale."""
    language: str = ""
    """The language of messages, unless a person or channel says otherwise; empty: that of the catalogue."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """The words that the gateway adds to messages, by language; English is always present."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    """A moment before its files were read; later changes may be missing."""

    def zone_of(self, target: Target) -> str:
        """The timezone of *target*'s readers: the person's, the channel's, else the file's. Empty if none of them names
        one: times then keep the offset that their source gave them."""
        person = self.people.get(target.person) if target.person else None
        shared = "" if self.timezone == DEFAULT_TIMEZONE else self.timezone
        return (person.timezone if person else "") or target.timezone or shared

    def locale_of(self, target: Target) -> str:
        """The locale of *target*'s readers: the person's, the channel's, else the file's. A language is also a locale,
        unless a locale is given."""
        person = self.people.get(target.person) if target.person else None
        own = (person.locale or person.language) if person else ""
        return own or target.locale or target.language or self.locale

    def language_of(self, target: Target) -> str:
        """The language of whoever reads *target*: the person's, the channel's, else the file's. Empty: that of the
        catalogue."""
        person = self.people.get(target.person) if target.person else None
        return (person.language if person else "") or target.language or self.language

    def words_of(self, target: Target) -> Words:
        """The gateway's own words in the language of *target*'s readers."""
        words = self.words
        if not words or not (language := self.language_of(target)):
            return ENGLISH
        return next((words[name] for name in fallbacks(language) if name in words), ENGLISH)
