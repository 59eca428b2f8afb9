"""The catalogue: event types, and the notifications that they can lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.model.conditions import ALWAYS, Condition, Data, Path
from gateway.model.languages import fallbacks
from gateway.model.timing import Delay, Presence, Reaction, Rollup, Threshold, Timer

BUILTIN = "gateway"
"""The source of events about the gateway itself, their category, and the first word of their types."""


def is_builtin(event_type: str) -> bool:
    """Whether events of this type are about the gateway itself."""
    return event_type.partition(".")[0] == BUILTIN


class Severity(StrEnum):
    """How serious an event is, in rising order."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Position in the order, from 0."""
        return list(Severity).index(self)


class Audience(StrEnum):
    """Whom a notification concerns."""

    ANY = "any"
    MINE = "mine"
    SUBSCRIBED = "subscribed"
    MENTIONED = "mentioned"


class Role(StrEnum):
    """The relation of people to an event that names them."""

    ACTOR = "actor"
    MINE = "mine"
    SUBSCRIBED = "subscribed"
    MENTIONED = "mentioned"


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    title: str
    description: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The title in other languages, by name: `de`, `de_AT`."""

    def title_in(self, language: str) -> str:
        """The title in *language*, else in the language without its country, else as the catalogue has it."""
        if not self.titles or not language:
            return self.title
        return next((self.titles[name] for name in fallbacks(language) if name in self.titles), self.title)


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """Jinja templates: *title* and *short* are one line of plain text each, *body* is Markdown, *link* a
    URL or empty."""

    title: str
    body: str
    link: str = ""
    link_label: str = ""
    """The text of the link or button, one line of plain text."""
    facts: tuple[tuple[str, str], ...] = ()
    """Label (plain text) and template of the value (Markdown) of each fact, in the order in which they are shown."""
    short: str = ""
    """The whole message in one line, for lock screens and text messages; empty: no such line."""
    variants: tuple[tuple[str, MessageChanges], ...] = ()
    """For a kind of contact or a service, what is different there."""


@dataclass(frozen=True, slots=True)
class MessageChanges:
    """Parts that replace those of a MessageTemplate; None keeps a part."""

    title: str | None = None
    body: str | None = None
    link: str | None = None
    link_label: str | None = None
    facts: tuple[tuple[str, str], ...] | None = None
    short: str | None = None
    variants: tuple[tuple[str, MessageChanges], ...] = ()
    """As in a MessageTemplate; they are applied after the other changes."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A row of the catalogue. *id* is `<event type>.<name>`."""

    id: str
    event_type: str
    title: str
    audience: Audience
    when: Condition = ALWAYS
    excepts_actor: bool = False
    is_staff_only: bool = False
    """`visibility: staff`: never sent to a target marked `outside`."""
    delay: Delay | None = None
    presence: Presence | None = None
    """Only for people who are online, or only for those who are not; None: for both."""
    example: Data | None = field(default=None, hash=False)
    """What is different in the event type's example when this notification is sent: a JSON Merge Patch."""
    is_beyond_reference: bool = False
    """Whether it is not in the reference catalogue, on which the shipped one was modelled."""


@dataclass(frozen=True, slots=True)
class StaffField:
    """A field of the data that only staff may see, marked by `x-visibility` in the data schema."""

    path: Path
    outside_if: tuple[tuple[str, tuple[str | int | bool, ...]], ...] = ()
    """Pairs of a key and values. People outside may see the field if each key has one of its values, in the field
    itself if that is an object, otherwise beside it. Empty: they never may."""


@dataclass(frozen=True, slots=True)
class EventType:
    name: str
    category: str
    title: str
    severity: Severity
    subject: Path | None
    people: Mapping[Role, tuple[Path, ...]]
    schema: Data
    """JSON Schema 2020-12 of the data; relative `$ref`s start in the folder `schemas/`."""
    message: MessageTemplate
    example: Data
    notifications: tuple[Notification, ...]
    description: str = ""
    is_fact: bool = False
    """Whether it is never sent to anybody, and only feeds the timing of other types."""
    timing: Timer | Threshold | Rollup | None = None
    """When the gateway itself makes events of this type."""
    customer: tuple[Path, ...] = ()
    """Where the data may have the customer, an object with id and name; the first path with a value counts."""
    mentions: tuple[Path, ...] = ()
    """Texts in which an `@` mentions people, in addition to the people in `people`."""
    staff_fields: tuple[StaffField, ...] = ()
    """The fields that messages to targets outside leave out."""
    example_at: datetime | None = None
    """The moment at which the example reads as its author meant it; None: at any."""
    translations: Mapping[str, MessageTemplate] = field(default_factory=dict)
    """The message in other languages, by name: `de`, `de_AT`."""

    def message_in(self, language: str) -> MessageTemplate:
        """The message in *language*, else in the language without its country, else that of the catalogue."""
        if not self.translations or not language:
            return self.message
        names = (name for name in fallbacks(language) if name in self.translations)
        return next((self.translations[name] for name in names), self.message)


@dataclass(frozen=True, slots=True)
class Catalog:
    categories: Mapping[str, Category]
    events: Mapping[str, EventType]
    notifications: Mapping[str, Notification]
    """All notifications, by id."""
    schemas: Mapping[str, Data]
    """The schema documents that event types refer to, by path relative to `schemas/`."""
    reactions: Mapping[str, tuple[Reaction, ...]]
    """By the type of the event that causes them."""
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Lists of states, by the name that `among` uses."""
