"""What events do to timers, as values: each step is one change that is committed together with its event.

*subject* is what the step is about, in the words of the posting source; empty: everything of this source.

They are NamedTuples, since each event makes several of them: a frozen dataclass takes four times as long to create.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gateway.timing.thresholds import Side

Field = tuple[str, ...]
"""The name of a fact: a top-level key, or a key below one: `("ticket", "assignee")`."""


class FactScope(NamedTuple):
    """What facts belong to: a subject, for all event types that name it by the same path; or one timer."""

    name: str
    """The path of the subject (`ticket.id`); with *keys*, the event type of the timer."""
    subject: str
    keys: tuple[str, ...] = ()


class Remember(NamedTuple):
    """Stores what an event says about its subject, field by field, unless a later event has said otherwise."""

    scope: FactScope
    fields: Mapping[Field, Any]
    """None: the field no longer has a value."""


class SetTimer(NamedTuple):
    """Sets the timer for the moment *at*, or moves it there."""

    event_type: str
    subject: str
    keys: tuple[str, ...]
    at: datetime
    first_look: datetime
    scope: FactScope
    """Where the facts about the subject are stored; if the timer has no keys, the moment is one of them."""
    at_field: Field
    """The fact that holds the moment. If a later event has given another moment, this step does nothing."""


class CancelTimer(NamedTuple):
    """Cancels timers that were not set by a later event."""

    event_type: str
    subject: str
    keys: tuple[str, ...] | None
    """None: all timers of the subject. An empty key matches any key."""
    scope: FactScope
    is_dated: bool
    """Whether the source has given the event's time. Only then can events that arrive later have happened before it."""
    cleared_field: Field | None = None
    """The field of the moment, if the event says that there is no moment any more."""
    suspends: bool = False
    """Whether ResumeTimer can undo it."""


class ResumeTimer(NamedTuple):
    """Sets the suspended timers of the subject again, with the moments that they had."""

    event_type: str
    subject: str
    scope: FactScope
    is_dated: bool


class UpdateTimer(NamedTuple):
    """Checks whether the subject has timers, to which the event's facts then apply. Remember stores these facts."""

    event_type: str
    subject: str


class ReportThreshold(NamedTuple):
    """Tells a threshold on which side of its bound the value is."""

    event_type: str
    subject: str
    side: Side
    data: Mapping[str, Any]


class AddToRollup(NamedTuple):
    """Adds an item to a rollup, which is next evaluated at *next_look* unless it is already scheduled."""

    event_type: str
    subject: str
    item: Any
    since: datetime
    next_look: datetime


class RemoveFromRollup(NamedTuple):
    """Removes an item from a rollup."""

    event_type: str
    subject: str


class Hold(NamedTuple):
    """Marks a delivery of this event as one that later events may cancel. *delivery* is its index in the plan."""

    notification: str
    subject: str
    delivery: int
    wait: timedelta


class Drop(NamedTuple):
    """Cancels the held messages of a notification."""

    notification: str
    subject: str


class Refresh(NamedTuple):
    """Updates the held messages of a notification with what an event says about their subject."""

    notification: str
    subject: str
    fields: Mapping[Field, Any]
    """None: the field no longer has a value."""


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


class Occasion(NamedTuple):
    """Identifies an event of a timed type, so that one derived by the gateway and one posted by a source count as the
    same.

    For a threshold *marks* is empty, since its state alone identifies the event.
    """

    event_type: str
    subject: str
    marks: tuple[str, ...]
    is_threshold: bool = False
