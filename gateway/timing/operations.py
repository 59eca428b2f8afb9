"""What events do to time, as values: each step is one change that is committed together with its event.

*subject* is what the step is about, in the words of the source that posted; empty: all that the source tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.timing.thresholds import Side

Field = tuple[str, ...]
"""One thing that facts say: a top-level key, or a key below one: `("ticket", "assignee")`."""


@dataclass(frozen=True, slots=True)
class FactScope:
    """Whose facts: those of a subject, for all event types that name it by the same path; or those of one timer."""

    name: str
    """The path of the subject (`ticket.id`); with *keys* the event type of the timer."""
    subject: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remember:
    """Keeps what an event says of its subject, unless a later event has said otherwise, field by field."""

    scope: FactScope
    fields: Mapping[Field, Any]
    """None: the field has no value any more."""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Sets the timer of the moment *at*, or moves it there."""

    event_type: str
    subject: str
    keys: tuple[str, ...]
    at: datetime
    first_look: datetime
    scope: FactScope
    """Where the subject's facts are remembered, the moment among them when the timer has no keys."""
    at_field: Field
    """The field that says the moment: it counts unless a later event has said another one."""


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Cancels timers that were not set by a later event."""

    event_type: str
    subject: str
    keys: tuple[str, ...] | None
    """None: all timers of the subject. An empty key stands for any, where another one is given."""
    scope: FactScope
    is_dated: bool
    """Whether the source has said when the event happened: then events that come later may be older."""
    cleared_field: Field | None = None
    """The field of the moment, when the event says that there is none any more."""
    suspends: bool = False
    """Whether ResumeTimer can undo it."""


@dataclass(frozen=True, slots=True)
class ResumeTimer:
    """Sets the suspended timers of the subject again, at the moments that they had."""

    event_type: str
    subject: str
    scope: FactScope
    is_dated: bool


@dataclass(frozen=True, slots=True)
class UpdateTimer:
    """Says that the facts of the event count for the timers of the subject; Remember stores them."""

    event_type: str
    subject: str


@dataclass(frozen=True, slots=True)
class ReportThreshold:
    """Tells a threshold on which side the value is."""

    event_type: str
    subject: str
    side: Side
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddToRollup:
    """Adds to what a rollup gathers; the rollup's next look is at *next_look*, unless it has one."""

    event_type: str
    subject: str
    item: Any
    since: datetime
    next_look: datetime


@dataclass(frozen=True, slots=True)
class RemoveFromRollup:
    """Takes out of what a rollup gathers."""

    event_type: str
    subject: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Makes a delivery of this event one that later events may drop. *delivery* counts from 0 in the plan."""

    notification: str
    subject: str
    delivery: int
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Drop:
    """Drops the messages that a notification holds."""

    notification: str
    subject: str


@dataclass(frozen=True, slots=True)
class Refresh:
    """Gives the messages that a notification holds what an event says of their subject."""

    notification: str
    subject: str
    fields: Mapping[Field, Any]
    """None: the field has no value any more."""


Step = (
    SetTimer
    | CancelTimer
    | ResumeTimer
    | UpdateTimer
    | ReportThreshold
    | AddToRollup
    | RemoveFromRollup
    | Hold
    | Drop
    | Refresh
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes two events of a timed type the same: one made by the gateway, one posted by a source.

    Of a threshold *marks* is empty, since only its state tells.
    """

    event_type: str
    subject: str
    marks: tuple[str, ...]
    is_threshold: bool = False
