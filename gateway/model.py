"""The nouns: every value that passes between the gateway's parts, frozen.

Times are aware UTC. Attempts count from 1. A path is the dotted path of the configuration, split:
`("ticket", "id")` starts in the event's data, `("event", "severity")` in the event itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal

Path = tuple[str, ...]
Data = Mapping[str, Any]

OWN = "gateway"
"""The source of events about the gateway itself, their category, and how their types' names begin."""


def is_own(event_type: str) -> bool:
    """Whether events of this type are about the gateway itself."""
    return event_type.partition(".")[0] == OWN


class Severity(StrEnum):
    """How bad an event is, in rising order."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order, from 0."""
        return list(Severity).index(self)


class Audience(StrEnum):
    """Whom a notification concerns."""

    ANY = "any"
    MINE = "mine"
    SUBSCRIBED = "subscribed"
    MENTIONED = "mentioned"


class Role(StrEnum):
    """What the people an event names are to it."""

    ACTOR = "actor"
    MINE = "mine"
    SUBSCRIBED = "subscribed"
    MENTIONED = "mentioned"


class DeliveryState(StrEnum):
    """Where a delivery stands. `delivered`, `dropped` and `discarded` are final, `dead` until a replay."""

    HELD = "held"
    """Delayed: it waits for its time, and for an event that makes it needless."""
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    """It was held, and an event came that made it needless."""
    DEAD = "dead"
    DISCARDED = "discarded"
    """It was dead, and somebody has said that nobody needs it."""


class FailureReason(StrEnum):
    """Why an attempt failed: a closed list, also the label of the metric."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    REJECTED = "rejected"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not-found"
    GONE = "gone"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    """Apprise said no without any answer of the provider that says why."""
    ADDRESS = "address"
    TEMPLATE = "template"
    UNKNOWN_TARGET = "unknown-target"
    DISABLED = "disabled"
    """Its target said before that it is gone for good."""
    CRASH_LOOP = "crash-loop"
    EXHAUSTED = "exhausted"
    INTERNAL = "internal"


# ------------------------------------------------------------------ places and problems


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file of the configuration; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the configuration."""

    place: Place
    path: str
    """Where in the document: `routes[1].to[0]`."""
    message: str
    hint: str | None = None
    """What would be right, as a sentence part: `did you mean 'noc-slack'?`"""

    def __lt__(self, other: Problem) -> bool:
        """In the order of the files, top to bottom."""
        return (self.place, self.path, self.message) < (other.place, other.path, other.message)

    def __str__(self) -> str:
        text = f"{self.place} {self.path}: {self.message}" if self.path else f"{self.place} {self.message}"
        return f"{text} - {self.hint}" if self.hint else text


class Secret:
    """A text that never shows itself: `repr`, `str` and formatting give `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself: only for the moment of sending or comparing."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


# ------------------------------------------------------------------ conditions


class Operator(StrEnum):
    """How a condition compares the value at a path with its operand."""

    IS = "is"
    """The operand is a tuple; the value equals one of it."""
    NOT = "not"
    """The operand is a tuple; the value equals none of it."""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    CONTAINS = "contains"
    MATCHES = "matches"
    """A glob over the whole text (`*`, `?`, `[abc]`), case-sensitive."""
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a `when`: the value at *path* against *operand*."""

    path: Path
    operator: Operator
    operand: Any


@dataclass(frozen=True, slots=True)
class Condition:
    """All comparisons hold, one of *any_of* holds (when there are any), none of *none_of* holds."""

    comparisons: tuple[Comparison, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()


ALWAYS = Condition()


# ------------------------------------------------------------------ the catalogue


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """Jinja sources: *title* is one plain line, *body* Markdown, *link* a URL or empty."""

    title: str
    body: str
    link: str = ""


# ------------------------------------------------------------------ time in the catalogue


@dataclass(frozen=True, slots=True)
class Trigger:
    """Events of one type; with *when* only those that meet it."""

    event_type: str
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a moment: calendar *days* in the configuration's timezone, and a *span* of time."""

    days: int = 0
    span: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Timer:
    """Events that the gateway makes itself, some time before a moment that other events tell."""

    set_by: tuple[Trigger, ...]
    at: Path
    """Where the data of these events, and that of the type's own, has the moment: a date or a time."""
    leads: tuple[Lead, ...]
    """Longest first; one without length is the moment itself."""
    keys: tuple[Path, ...] = ()
    """What tells apart several timers of one subject: the name of the date field, of the SLA."""
    time_of_day: time = time()
    """When a moment is that has a date only."""
    lead_into: Path | None = None
    """Where the made event's data says the lead, in days."""
    cancelled_by: tuple[Trigger, ...] = ()
    updated_by: tuple[Trigger, ...] = ()
    """Events about the subject whose data is newer than what set the timer: who is responsible now."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Events that the gateway makes itself, when a value that other events tell falls to a bound.

    Once: until the value has been above *at_most* again.
    """

    set_by: tuple[Trigger, ...]
    value: Path
    at_most: float
    above: float | None = None
    """A value at or below this is for another type to tell: it crosses nothing here."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """One event a day that the gateway makes of all that is open."""

    set_by: tuple[Trigger, ...]
    """Each opens its subject."""
    item: Path
    """What of their data goes into the list."""
    into: Path
    """Where the made event's data has the list."""
    older_than: timedelta
    """What has not been open for as long is left out."""
    daily_at: time
    """In the configuration's timezone."""
    cancelled_by: tuple[Trigger, ...] = ()
    """Each closes its subject."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a message is held, and which events about the same subject make it needless."""

    wait: timedelta
    cancelled_by: tuple[Trigger, ...] = ()


class Presence(StrEnum):
    """Which people a notification is for: those with a live presence session, or those without."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event that meets *when* does to the timed events of the type *event_type*, or to held messages.

    kind: `set`, `update` or `cancel` for a type's timer, threshold or rollup; `drop` for what the
    notification *notification* holds.
    """

    kind: Literal["set", "update", "cancel", "drop"]
    event_type: str
    when: Condition = ALWAYS
    notification: str = ""


# ------------------------------------------------------------------ notifications and event types


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
    """`visibility: staff`: never to a target marked `outside`."""
    delay: Delay | None = None
    presence: Presence | None = None
    """Only for people who are online, or only for those who are not; None: for both."""


@dataclass(frozen=True, slots=True)
class EventType:
    name: str
    category: str
    title: str
    severity: Severity
    subject: Path | None
    people: Mapping[Role, tuple[Path, ...]]
    schema: Data
    """JSON Schema 2020-12 of the data; a relative `$ref` starts in the folder `schemas/`."""
    message: MessageTemplate
    example: Data
    notifications: tuple[Notification, ...]
    description: str = ""
    is_fact: bool = False
    """Tells nobody anything: it only feeds the timing of other types."""
    timing: Timer | Threshold | Rollup | None = None
    """When the gateway makes events of this type itself."""


@dataclass(frozen=True, slots=True)
class Catalog:
    categories: Mapping[str, Category]
    events: Mapping[str, EventType]
    notifications: Mapping[str, Notification]
    """By id, over all event types."""
    schemas: Mapping[str, Data]
    """The schema documents that event types refer to, by path below `schemas/`."""
    reactions: Mapping[str, tuple[Reaction, ...]]
    """By type of the event that causes them."""


# ------------------------------------------------------------------ who and where

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


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* messages in each *per_s* seconds."""

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


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    """The key in the YAML."""
    full_name: str
    identities: frozenset[str]
    """As sources name them, in normal form: `routing.audience.normalize`."""
    timezone: str
    contacts: Mapping[str, Target]
    """By kind (`email`, `sms`), in the order of the YAML."""


class Scope(StrEnum):
    """What a source's token may do."""

    WRITE = "events:write"
    READ = "events:read"
    """Its own events and their deliveries."""
    REPLAY = "deliveries:replay"
    PRESENCE = "presence:write"
    """Say who is online."""
    ADMIN = "admin"
    """Everything, of every source."""


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    event_types: frozenset[str]
    """Names; `*` stands for all of them. Ask with `may_post`."""
    token_hashes: frozenset[str]
    """SHA-256 of each live token, in hex."""
    scopes: frozenset[Scope] = frozenset({Scope.WRITE, Scope.READ})

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_post(self, event_type: str) -> bool:
        """Also whether it may ask what such an event would lead to; of the gateway's own only with `admin`."""
        is_named = event_type in self.event_types or "*" in self.event_types
        return is_named and (not is_own(event_type) or self.may(Scope.ADMIN))


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of a route's `to`."""

    kind: Literal["audience", "channel", "group", "person"]
    name: str = ""


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


@dataclass(frozen=True, slots=True)
class Config:
    """One whole configuration; never changed, only replaced."""

    digest: str
    """Hash of all it was made from; every event carries it."""
    catalog: Catalog
    sources: Mapping[str, Source]
    lanes: Mapping[str, Lane]
    channels: Mapping[str, Target]
    people: Mapping[str, Person]
    groups: Mapping[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    fallback: Route | None
    """Gets what no route brings to anybody."""
    timezone: str
    people_by_identity: Mapping[str, str]
    """Normalized identity -> person's name."""
    routes_by_notification: Mapping[str, tuple[Route, ...]]
    targets: Mapping[str, Target]
    """Channels by name and contacts as `person/kind`."""


# ------------------------------------------------------------------ events and plans


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence, as accepted. *category* is its type's."""

    id: str
    type: str
    category: str
    source: str
    subject: str | None
    time: datetime
    severity: Severity
    data: Data


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a target hears of an event; *text* is for the reader: `assigned to you`."""

    notification: str
    route: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    target: str
    lane: str
    reasons: tuple[Reason, ...]
    delay: timedelta = timedelta()
    """How long it is held before it is sent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of a decision, in the order it was taken.

    kind: `notification` (does it apply), `person` (is somebody the event names known, or the
    actor), `route` (does it fire), `target` (does it get the message), `fallback`, `timing` (what it
    does to timers, thresholds, rollups and held messages).
    """

    kind: Literal["notification", "person", "route", "target", "fallback", "timing"]
    name: str
    holds: bool
    why: str
    """A sentence part for a person."""
    notification: str | None = None
    route: str | None = None
    place: Place | None = None
    """Where the YAML says so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event leads to, and why. No two deliveries have the same target."""

    deliveries: tuple[PlannedDelivery, ...]
    findings: tuple[Finding, ...]
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What one target reads. *body* is Markdown (that of `markup`) in which every value of the event is escaped."""

    title: str
    body: str
    severity: Severity


# ------------------------------------------------------------------ attempts


@dataclass(frozen=True, slots=True)
class SendResult:
    """What came of one try at one target."""

    reason: FailureReason | None
    """None: the provider accepted the message."""
    is_permanent: bool = False
    status: int | None = None
    """HTTP status or SMTP code, where the provider gave one."""
    retry_after_s: float | None = None
    detail: str = ""
    """At most 300 printable characters, without address or secret."""

    @property
    def is_delivered(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a delivery, as the ledger keeps it."""

    number: int
    started: datetime
    duration_s: float
    result: SendResult
