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
"""The reply to a source that configures none."""

FieldValue = str | int | float | bool | Secret | tuple[str | Secret, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes, in Apprise's words: a whole *url*, or a *service* and its *fields*.

    *recipient* is the one person's address at the service (an e-mail address, a phone number).
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
    """The waiting line of one channel, one provider, or one contact with an address of its own.

    *name* is `channel/<name>`, `provider/<name>` or `contact/<person>/<kind>`.
    """

    name: str
    rate: Rate | None = None
    concurrency: int | None = None
    """How many of its messages may be under way at once, over all workers; None is no limit."""
    retries: tuple[timedelta, ...] | None = None
    """The waits before each attempt after the first; None: the usual ones."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one message goes: a channel (`noc-slack`) or a person's contact (`ana/sms`)."""

    name: str
    lane: str
    address: Address
    person: str | None = None
    is_outside: bool = False
    """Seen by people who are not staff."""
    timezone: str = ""
    """The timezone of a channel's readers; empty: that of the file."""
    locale: str = ""
    """The locale of a channel's readers; empty: that of the file."""
    language: str = ""
    """The language of a channel's readers; empty: that of the file."""
    reply_to: str = ""
    """Where answers to its mails go; empty: where the source of the event says."""
    masked_recipient: str | None = None
    """Who is behind the digits in the name of a part, as people may see it: `...4567`."""
    parts: tuple[Target, ...] = ()
    """This place once for each recipient that its address names, with the address of that recipient alone."""

    @property
    def receivers(self) -> tuple[Target, ...]:
        """What gets a delivery of its own: each of several recipients, so that none shares the retries of another."""
        return self.parts if len(self.parts) > 1 else (self,)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    """The key in the YAML."""
    full_name: str
    identities: frozenset[str]
    """As sources name them, in normal form: `routing.audience.normalize`."""
    timezone: str
    """Empty: that of the file."""
    contacts: Mapping[str, Target]
    """By kind (`email`, `sms`), in the order of the YAML."""
    locale: str = ""
    """Empty: that of the file."""
    language: str = ""
    """Empty: that of the file."""


class Scope(StrEnum):
    """What a source's token may do."""

    WRITE = "events:write"
    READ = "events:read"
    """Its own events and their deliveries."""
    REPLAY = "deliveries:replay"
    PRESENCE = "presence:write"
    """Say who is online."""
    ONCALL = "oncall:write"
    """Override who is on call."""
    METRICS = "metrics:read"
    ADMIN = "admin"
    """Everything, of every source."""


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    event_types: frozenset[str]
    """Names; `*` stands for all of them. Ask with `may_post`."""
    token_hashes: frozenset[str]
    """SHA-256 of each bearer token, in hex."""
    scopes: frozenset[Scope] = frozenset({Scope.WRITE, Scope.READ})
    mapping: SourceMapping | None = None
    """What its payloads mean; None: it posts events of the gateway's own form only."""
    token_expiries: Mapping[str, datetime] = field(default_factory=dict)
    """By hash, of the tokens that end by themselves."""
    credentials: tuple[Credential, ...] = ()
    """Other ways in which it may authenticate at `/v1/in`."""
    allow_from: tuple[IPv4Network | IPv6Network, ...] = ()
    """Where it may post from; empty: from everywhere."""
    quota: Rate | None = None
    """How many requests with events it may make."""
    reply: Reply = NO_REPLY
    """What it is answered at `/v1/in`."""
    reply_to: str = ""
    """Where answers to mails about its events go."""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_post(self, event_type: str) -> bool:
        """Whether it may post events of this type, or ask what they would lead to.

        The gateway's own types need the scope `admin`.
        """
        is_named = event_type in self.event_types or "*" in self.event_types
        return is_named and (not is_builtin(event_type) or self.may(Scope.ADMIN))


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of a route's `to`."""

    kind: Literal["audience", "channel", "group", "person", "rotation", "lookup"]
    name: str = ""
    key: Path = ()
    """For a lookup: where its key stands in the event."""
    is_next: bool = False
    """For a rotation: whoever is on call next, instead of now."""
    otherwise: tuple[Recipient, ...] = ()
    """For a rotation or lookup: who gets the message when it names nobody (`else`)."""


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    place: Place
    notifications: frozenset[str]
    """Ids, globs expanded."""
    to: tuple[Recipient, ...]
    via: tuple[str, ...] = ()
    """Kinds of contact in order of preference; empty: the person's own order."""
    when: Condition = ALWAYS
    during: tuple[Schedule, ...] = ()
    """The route fires only inside one of these; empty: at any time."""
    not_during: tuple[Schedule, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteIndex:
    """The routes that name a notification, to be found by the values that their conditions ask for."""

    routes: tuple[Route, ...]
    """All of them, in the order of the files."""
    conditions: ConditionIndex
