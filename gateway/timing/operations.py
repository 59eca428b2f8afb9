"""What events do to time, as values: each step is one change that is committed together with its event.

*subject* is what the step is about, in the words of the source that posted; empty: all that the source tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.timing.thresholds import Side


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Sets the timer of the moment *at*, or moves it there; one of the same moment takes the newer data."""

    event_type: str
    subject: str
    keys: tuple[str, ...]
    at: datetime
    first_look: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CancelTimer:
    event_type: str
    subject: str
    keys: tuple[str, ...] | None
    """None: all timers of the subject."""


@dataclass(frozen=True, slots=True)
class UpdateTimer:
    """Gives all timers of the subject newer data."""

    event_type: str
    subject: str
    by: str
    """The type of the event whose data it is."""
    data: Mapping[str, Any]


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


Step = SetTimer | CancelTimer | UpdateTimer | ReportThreshold | AddToRollup | RemoveFromRollup | Hold | Drop


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes two events of a timed type the same: one made by the gateway, one posted by a source.

    Of a threshold *marks* is empty, since only its state tells.
    """

    event_type: str
    subject: str
    marks: tuple[str, ...]
    is_threshold: bool = False
