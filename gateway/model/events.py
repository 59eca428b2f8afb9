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
"""The longest id and subject of an event, in characters."""
IDENTIFIERS = ("id", "subject")
"""The attributes of an event with this limit."""


class DeliveryState(StrEnum):
    """The state of a delivery."""

    HELD = "held"
    """Delayed: it waits for its time, or for an event that cancels it."""
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    """It was held, and another event cancelled it."""
    DEAD = "dead"
    DISCARDED = "discarded"
    """It was dead, and somebody declared that nobody needs it."""

    @property
    def is_final(self) -> bool:
        """Whether its state changes no more by itself; `dead` may be replayed."""
        return self not in (DeliveryState.HELD, DeliveryState.WAITING, DeliveryState.SENDING)


class FailureReason(StrEnum):
    """Why an attempt failed. A closed list, also used as a label of the metric."""

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
    """Apprise reported a failure, without any answer of the provider that gives a reason."""
    ADDRESS = "address"
    TEMPLATE = "template"
    UNKNOWN_TARGET = "unknown-target"
    DISABLED = "disabled"
    """The target has reported that it is gone for good."""
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
    """For an event made by a timer: the time left until its moment, `15 min`; empty at the moment itself."""
    customer: tuple[Path, ...] = ()
    """Where its data may have the customer, according to its type; not stored with the event."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides about an event besides the event itself and the configuration."""

    now: datetime
    online: Collection[str] = ()
    """The people with a live presence session."""
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)
    """The overrides added at run time, by rotation."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a target gets a message. *text* is for the reader: `because you are assigned`. It may be empty."""

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
    """One step of a decision, in the order in which the steps were taken.

    kind: `notification` (whether it applies), `person` (whether somebody the event names is known, or the actor),
    `route` (whether it fires), `target` (whether it gets the message), `fallback`, `timing` (what the event does to
    timers, thresholds, rollups and held messages), `data` (an undeclared field).
    """

    kind: Literal["notification", "person", "route", "target", "fallback", "timing", "data"]
    name: str
    holds: bool
    why: str
    """The reason, as a clause for people."""
    notification: str | None = None
    route: str | None = None
    place: Place | None = None
    """Where the YAML decides it."""
    outcome: str = ""
    """For a step in time, its outcome."""


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

    *body* and the values of facts are Markdown (that of `markup`) in which every value of the event is escaped; all
    other texts are plain. `messages.layout` joins the parts for a service that takes one text.
    """

    title: str
    """One line that is enough by itself."""
    body: str
    severity: Severity
    facts: tuple[Fact, ...] = ()
    link: MessageLink | None = None
    short: str = ""
    """The whole message in one line, for lock screens and text messages; empty if the catalogue has none."""
    reasons: tuple[str, ...] = ()
    """Why this target gets it, in words."""
    customer: str = ""
    """Name of the customer; empty if the event has none."""
    category: str = ""
    """Name of the event type's category."""
    category_title: str = ""
    event_type: str = ""
    source: str = ""
    """Who posted the event."""
    subject: str | None = None
    """What the event is about. Together with *source* and *subject_kind* it identifies a conversation."""
    time: datetime | None = None
    """When it happened, in the reader's zone if that is known."""
    subject_kind: str = ""
    """The kind of subject: the path from which the catalogue takes it, `ticket.id`."""
    locale: str = DEFAULT_LOCALE
    """The reader's locale, for what a service adds, such as a time."""
    words: Words = field(default=ENGLISH, hash=False)
    """The words that the gateway adds, in the reader's language."""
    brand: Brand = field(default=DEFAULT_BRAND, hash=False)
    reply_to: str = ""
    """The address for answers to a mail, from the source; the target may have another one."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of sending to one target once."""

    reason: FailureReason | None
    """None if the provider accepted the message."""
    is_permanent: bool = False
    status: int | None = None
    """HTTP status or SMTP code, if the provider gave one."""
    retry_after_s: float | None = None
    detail: str = ""
    """At most 300 printable characters, without addresses or secrets."""

    @property
    def is_delivered(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as stored in the ledger."""

    number: int
    started: datetime
    duration_s: float
    result: SendResult
