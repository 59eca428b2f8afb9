"""The configuration as a whole: what all files of a folder say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.model.brand import DEFAULT_BRAND, Brand
from gateway.model.catalogue import Catalog, MessageChanges
from gateway.model.directory import Lane, Person, Recipient, Route, RouteIndex, Source, Target
from gateway.model.network import NetworkPolicy
from gateway.model.problems import Problem
from gateway.model.schedules import Lookup, Rotation, Schedule
from gateway.model.words import ENGLISH, Words

DEFAULT_TIMEZONE = "UTC"
"""The timezone of timers and schedules when the files name none."""
DEFAULT_LOCALE = "en_US"


@dataclass(frozen=True, slots=True)
class Config:
    """One whole configuration; never changed, only replaced."""

    digest: str
    """Hash of all files that it was built from; every event carries it."""
    catalog: Catalog
    sources: Mapping[str, Source]
    lanes: Mapping[str, Lane]
    channels: Mapping[str, Target]
    people: Mapping[str, Person]
    groups: Mapping[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    fallback: Route | None
    """The route of the events that no other route brings to anybody."""
    has_narrow_fallback: bool
    """The fallback gets only events whose type no route names at all."""
    timezone: str
    people_by_identity: Mapping[str, str]
    """Normalized identity -> person's name."""
    people_by_full_name: Mapping[str, tuple[str, ...]]
    """Normalized full name -> the people who bear it; it identifies somebody only when exactly one person bears it."""
    routes_by_notification: Mapping[str, RouteIndex]
    """Only of the notifications that some route names."""
    targets: Mapping[str, Target]
    """Channels by name and contacts as `person/kind`."""
    route_messages: Mapping[str, MessageChanges] = field(default_factory=dict)
    """What routes change in the messages that they bring, by route, in the order of the files."""
    brand: Brand = DEFAULT_BRAND
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    """Which addresses messages may be sent to."""
    warnings: tuple[Problem, ...] = ()
    """Problems of level WARNING in the files that it was built from, in the order of the files."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    """The recipient that each value stands for, of the lookups that some `to` uses."""
    locale: str = DEFAULT_LOCALE
    """How days, times and numbers are written, unless a person or channel says otherwise."""
    language: str = ""
    """The language of messages, unless a person or channel says otherwise; empty: that of the catalogue."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """What the gateway adds to messages, by language; there is always English."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    """A moment before its files were read: what was written later may be missing in it."""

    def zone_of(self, target: Target) -> str:
        """The timezone of whoever reads *target*: the person's, the channel's, else the file's. Empty when none of
        them names one: times then stay in the offset that their source gave them."""
        person = self.people.get(target.person) if target.person else None
        shared = "" if self.timezone == DEFAULT_TIMEZONE else self.timezone
        return (person.timezone if person else "") or target.timezone or shared

    def locale_of(self, target: Target) -> str:
        """The locale of whoever reads *target*: the person's, the channel's, else the file's. A language is a locale
        too, where no other one is given."""
        person = self.people.get(target.person) if target.person else None
        own = (person.locale or person.language) if person else ""
        return own or target.locale or target.language or self.locale

    def language_of(self, target: Target) -> str:
        """The language of whoever reads *target*: the person's, the channel's, else the file's. Empty: that of the
        catalogue."""
        person = self.people.get(target.person) if target.person else None
        return (person.language if person else "") or target.language or self.language

    def words_of(self, target: Target) -> Words:
        """The gateway's own words in the language of whoever reads *target*."""
        words = self.words
        if not words or not (language := self.language_of(target)):
            return ENGLISH
        return words.get(language) or words.get(language.partition("_")[0], ENGLISH)
