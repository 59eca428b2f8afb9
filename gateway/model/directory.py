"""Who and where: addresses, lanes, targets, people, sources and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from gateway.model.catalogue import is_builtin
from gateway.model.conditions import ALWAYS, Condition, ConditionIndex, Path
from gateway.model.credentials import Credential, Reply
from gateway.model.mappings import SourceMapping
from gateway.model.problems import Place, Secret
from gateway.model.schedules import Schedule

NO_REPLY = Reply()
"""The reply to senders of a source that configures none."""

FieldValue = str | int | float | bool | Secret | tuple[str | Secret, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a whole Apprise *url*, or a *service* and its *fields* by the names that Apprise uses.

    *recipient* is set for the contact of a single person: the person's e-mail address or phone number at the service.
    """

    service: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    url: Secret | None = None
    recipient: Secret | None = None

    @property
    def kind(self) -> str:
        """The service as it was written, or the scheme of the URL."""
        return self.url.reveal().partition("://")[0] if self.url else self.service


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* messages, or requests, in each *per_s* seconds."""

    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Lane:
    """The queue of messages to a channel, over a provider, or to a contact with an address of its own.

    *name* is `channel/<name>`, `provider/<name>` or `contact/<person>/<kind>`.
    """

    name: str
    rate: Rate | None = None
    concurrency: int | None = None
    """How many of its messages may be under way at once, over all workers; None for no limit."""
    retries: tuple[timedelta, ...] | None = None
    """The wait before each attempt after the first; None for the default waits."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one message goes: a channel (`noc-slack`) or a person's contact (`ana/sms`)."""

    name: str
    lane: str
    address: Address
    person: str | None = None
    is_outside: bool = False
    """Whether people who are not staff see it."""
    timezone: str = ""
    """The timezone of a channel's readers; empty: the file's."""
    locale: str = ""
    """The locale of a channel's readers; empty: the file's."""
    language: str = ""
    """The language of a channel's readers; empty: that of the file."""
    reply_to: str = ""
    """The address for answers to its mails; empty: that of the event's source."""
    masked_recipient: str | None = None
    """If the target is one of *parts*: its recipient in masked form, which may be shown: `...4567`."""
    parts: tuple[Target, ...] = ()
    """If the address names several recipients: a copy of this target for each of them, with only that recipient."""

    @property
    def receivers(self) -> tuple[Target, ...]:
        """The targets that get a delivery each. If there are several recipients, these are the parts: a retry for one
        recipient must not reach the others again."""
        return self.parts if len(self.parts) > 1 else (self,)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    """The key in the YAML."""
    full_name: str
    identities: frozenset[str]
    """The names by which sources know the person, as `routing.audience.normalize` writes them."""
    timezone: str
    """Empty: the file's timezone."""
    contacts: Mapping[str, Target]
    """By kind (`email`, `sms`), in the order of the YAML."""
    locale: str = ""
    """Empty: the file's locale."""
    language: str = ""
    """Empty: the file's language."""


class Scope(StrEnum):
    """What a source's token may do."""

    WRITE = "events:write"
    READ = "events:read"
    """Read its own events and their deliveries."""
    REPLAY = "deliveries:replay"
    PRESENCE = "presence:write"
    """Report who is online."""
    ONCALL = "oncall:write"
    """Override who is on call."""
    METRICS = "metrics:read"
    ADMIN = "admin"
    """Everything, for events of every source."""


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    event_types: frozenset[str]
    """Names; `*` stands for all. Use `may_post` to ask."""
    token_hashes: frozenset[str]
    """SHA-256 of each bearer token, in hex."""
    scopes: frozenset[Scope] = frozenset({Scope.WRITE, Scope.READ})
    mapping: SourceMapping | None = None
    """How its payloads are mapped; None if it only posts events as the gateway defines them."""
    token_expiries: Mapping[str, datetime] = field(default_factory=dict)
    """Expiry by hash, for tokens that expire."""
    credentials: tuple[Credential, ...] = ()
    """Credentials other than bearer tokens that are accepted at `/v1/in`."""
    allow_from: tuple[IPv4Network | IPv6Network, ...] = ()
    """The networks it may post from; empty: any."""
    quota: Rate | None = None
    """How many requests with events it may make."""
    reply: Reply = NO_REPLY
    """How senders to `/v1/in` are answered."""
    reply_to: str = ""
    """The address for answers to mails about its events."""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_post(self, event_type: str) -> bool:
        """Whether the source may post events of this type and preview what they would lead to.

        The gateway's built-in types also need the scope `admin`.
        """
        is_named = event_type in self.event_types or "*" in self.event_types
        return is_named and (not is_builtin(event_type) or self.may(Scope.ADMIN))


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of a route's `to`."""

    kind: Literal["audience", "channel", "group", "person", "rotation", "lookup"]
    name: str = ""
    key: Path = ()
    """For a lookup: the path of its key in the event."""
    is_next: bool = False
    """For a rotation: whoever is on call next, instead of now."""
    otherwise: tuple[Recipient, ...] = ()
    """For a rotation or lookup: who gets the message if it yields nobody (`else`)."""


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    place: Place
    notifications: frozenset[str]
    """Ids, with globs expanded."""
    to: tuple[Recipient, ...]
    via: tuple[str, ...] = ()
    """Kinds of contact in order of preference; empty: the person's own order."""
    when: Condition = ALWAYS
    during: tuple[Schedule, ...] = ()
    """The route fires only inside one of these; empty: at any time."""
    not_during: tuple[Schedule, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteIndex:
    """The routes that name a notification, indexed by the values that their conditions require."""

    routes: tuple[Route, ...]
    """All of them, in the order of the files."""
    conditions: ConditionIndex
