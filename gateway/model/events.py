"""Events, the deliveries that they lead to, and the results of these."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from gateway.model.brand import DEFAULT_BRAND, Brand
from gateway.model.catalogue import Severity
from gateway.model.conditions import Data, Path
from gateway.model.config import DEFAULT_LOCALE
from gateway.model.problems import Place
from gateway.model.schedules import Override
from gateway.model.words import ENGLISH, Words

MAX_ID = 255
"""Characters of the id of an event, and of its subject."""
IDENTIFIERS = ("id", "subject")
"""The attributes of an event that are such a text."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

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

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself; `dead` may be replayed."""
        return self not in (DeliveryState.HELD, DeliveryState.WAITING, DeliveryState.SENDING)


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
    lead: str = ""
    """For an event that a timer has made: how long is left until its moment, `15 min`; empty at the moment itself."""
    customer: tuple[Path, ...] = ()
    """Where its data may have the customer, as its type says; it is not stored with the event."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides about an event besides the event itself and the configuration."""

    now: datetime
    online: Collection[str] = ()
    """The people who have a live presence session."""
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)
    """Those made while the gateway runs, by rotation."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a target hears of an event; *text* is for the reader: `because you are assigned`. It may be empty."""

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
    does to timers, thresholds, rollups and held messages), `data` (a field that nothing declares).
    """

    kind: Literal["notification", "person", "route", "target", "fallback", "timing", "data"]
    name: str
    holds: bool
    why: str
    """A sentence part for a person."""
    notification: str | None = None
    route: str | None = None
    place: Place | None = None
    """Where the YAML says so."""
    outcome: str = ""
    """For a step in time: its outcome."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event leads to, and why. No two deliveries have the same target."""

    deliveries: tuple[PlannedDelivery, ...]
    findings: tuple[Finding, ...]
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value of a message. *label* is plain text; *value* is Markdown as in a body, on one line."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class MessageLink:
    """Where a reader can look or act. *label* is plain text; *url* is a web or mail address that is safe to follow."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one target reads, in parts that each kind of service shows in its own way.

    *body* and the facts' values are Markdown (that of `markup`) in which every value of the event is escaped; all other
    texts are plain. `messages.layout` puts the parts together for a service that takes one text.
    """

    title: str
    """One line that says enough by itself."""
    body: str
    severity: Severity
    facts: tuple[Fact, ...] = ()
    link: MessageLink | None = None
    short: str = ""
    """The whole message in one line, for lock screens and text messages; empty where the catalogue has none."""
    reasons: tuple[str, ...] = ()
    """Why this target hears of it, in words."""
    customer: str = ""
    """Name of the customer; empty where the event has none."""
    category: str = ""
    """Name of the event type's category."""
    category_title: str = ""
    event_type: str = ""
    source: str = ""
    """Who posted the event."""
    subject: str | None = None
    """What the event is about. With *source* and *category* it names a conversation."""
    time: datetime | None = None
    """When it happened, in the reader's zone where that is known."""
    subject_kind: str = ""
    """What the subject is, as the path that the catalogue takes it from: `ticket.id`."""
    locale: str = DEFAULT_LOCALE
    """The reader's, for what a service adds: how its time is written."""
    words: Words = ENGLISH
    """What the gateway adds, in the reader's language."""
    brand: Brand = DEFAULT_BRAND
    reply_to: str = ""
    """Where answers to a mail go, as the source says; the target may say otherwise."""


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
