"""Time in the catalogue: timers, thresholds, rollups, delays, and what events do to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import Literal

from gateway.model.conditions import ALWAYS, Condition, Path
from gateway.model.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Trigger:
    """Events of one type; with *when*, only those that meet it."""

    event_type: str
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a moment: calendar *days* in the configuration's timezone, and a *span* of elapsed time.

    With *working*, the span counts only time inside the schedule of that name.
    """

    days: int = 0
    span: timedelta = timedelta()
    working: str = ""
    schedule: Schedule | None = field(default=None, compare=False, repr=False)
    """The schedule that *working* names; None until the files of routes are loaded."""


@dataclass(frozen=True, slots=True)
class Timer:
    """Events that the gateway makes some time before a moment that other events give."""

    set_by: tuple[Trigger, ...]
    at: Path
    """The path of the moment, a date or a time, in the data of these events and of the timer's own."""
    leads: tuple[Lead, ...]
    """Longest first; a lead without length is the moment itself."""
    keys: tuple[Path, ...] = ()
    """The paths that tell several timers of one subject apart: the name of a date field, or of an SLA."""
    time_of_day: time = time()
    """The time of day for a moment that is only a date."""
    lead_into: Path | None = None
    """The path at which the derived event's data has the lead, in days."""
    cancelled_by: tuple[Trigger, ...] = ()
    updated_by: tuple[Trigger, ...] = ()
    """Events that say something new about the subject, such as who is responsible."""
    resumed_by: tuple[Trigger, ...] = ()
    """Events that undo a cancellation by an event of the same type, for example when a ticket is reopened."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Events that the gateway makes when a value that other events report falls to a bound.

    The next one is made only after the value has been above *at_most* again.
    """

    set_by: tuple[Trigger, ...]
    value: Path
    at_most: float
    above: float | None = None
    """A value at or below this bound is reported by another event type; it crosses nothing here."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """One event a day that lists everything that is open."""

    set_by: tuple[Trigger, ...]
    """Each of these events opens its subject."""
    item: Path
    """The part of their data that is listed."""
    into: Path
    """The path of the list in the derived event's data."""
    older_than: timedelta
    """Subjects that have been open for less time are left out."""
    daily_at: time
    """In the configuration's timezone."""
    cancelled_by: tuple[Trigger, ...] = ()
    """Each of these events closes its subject."""
    since: Path | None = None
    """The path, in the data of an opening event, of the time since when the subject is open; None, or no value: the
    event's time."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a message is held, and which events about the same subject cancel it."""

    wait: timedelta
    cancelled_by: tuple[Trigger, ...] = ()
    updated_by: tuple[Trigger, ...] = ()
    """Events with newer data about the subject, which the held message will show."""


class Presence(StrEnum):
    """Which people a notification is for: those with a live presence session, or those without."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event that meets *when* does to derived events of *event_type*, or to held messages.

    kind: `set`, `update` or `cancel` for a type's timer, threshold or rollup; `suspend`, a cancellation of timers that
    `resume` can undo; `mention`, which remembers the people of the subject; `drop` and `refresh` for held messages of
    the notification *notification*.
    """

    kind: Literal["set", "update", "mention", "cancel", "suspend", "resume", "drop", "refresh"]
    event_type: str
    when: Condition = ALWAYS
    notification: str = ""
