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
    """Events of one type; with *when* only those that meet it."""

    event_type: str
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a moment: calendar *days* in the configuration's timezone, and a *span* of time.

    With *working*, the span counts only the time inside the schedule of that name.
    """

    days: int = 0
    span: timedelta = timedelta()
    working: str = ""
    schedule: Schedule | None = field(default=None, compare=False, repr=False)
    """The one that *working* names; None while the catalogue stands alone, without the files of routes."""


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
    """Events that say something of the subject: who is responsible now."""
    resumed_by: tuple[Trigger, ...] = ()
    """Events that undo a cancellation by an event of the same type: the ticket is open again."""


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
    since: Path | None = None
    """Where the data of what opens a subject says since when it is open; None, or no value there: the event's time."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a message is held, and which events about the same subject make it needless."""

    wait: timedelta
    cancelled_by: tuple[Trigger, ...] = ()
    updated_by: tuple[Trigger, ...] = ()
    """Events that say something of the subject: the message that is held will say it as well."""


class Presence(StrEnum):
    """Which people a notification is for: those with a live presence session, or those without."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event that meets *when* does to the timed events of the type *event_type*, or to held messages.

    kind: `set`, `update` or `cancel` for a type's timer, threshold or rollup; `suspend`, a cancellation of timers
    that `resume` can undo; `mention`, which remembers the subject's people; `drop` and `refresh` for what the
    notification *notification* holds.
    """

    kind: Literal["set", "update", "mention", "cancel", "suspend", "resume", "drop", "refresh"]
    event_type: str
    when: Condition = ALWAYS
    notification: str = ""
