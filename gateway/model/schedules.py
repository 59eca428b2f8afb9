"""When, and whose turn: calendars, schedules, rotations with layers and overrides, and lookups.

Calendar words (`mon 09:00`, `22:00-07:00`) are local times in a named zone; instants are aware UTC. Intervals are
half-open: they include their start and exclude their end.

Classes with `eq=False` are compared by identity. That makes them hashable although they hold tables and calendars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from gateway.model.problems import Place

ALL_DAYS = frozenset(range(7))
"""Monday is 0, as in `date.weekday()`."""


@dataclass(frozen=True, slots=True)
class Window:
    """The instants from *start* up to, but not including, *end*."""

    start: datetime
    end: datetime

    def without(self, other: Window) -> tuple[Window, ...]:
        """The parts of this window that lie before and after *other*; none is empty."""
        parts = (Window(self.start, min(self.end, other.start)), Window(max(self.start, other.end), self.end))
        return tuple(part for part in parts if part.start < part.end)


@dataclass(frozen=True, slots=True)
class Appointment:
    """An entry of a calendar that takes only part of a day."""

    window: Window
    title: str


class Calendar(Protocol):
    """Special days and parts of days: public holidays, or the events of an iCalendar file."""

    @property
    def name(self) -> str: ...

    def whole_day(self, day: date) -> str | None:
        """The calendar's name for *day* if the whole day is special; None if not."""

    def appointments(self, window: Window) -> Sequence[Appointment]:
        """The entries that overlap *window* and take only part of a day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of day from *start* to *end*; an end that is not after the start is on the next day."""

    start: time
    end: time


WHOLE_DAY = Hours(time(0), time(0))


@dataclass(frozen=True, slots=True)
class DateRange:
    """The days from *first* to *last*, both included; if *is_yearly*, in every year."""

    first: date
    last: date
    is_yearly: bool = False

    def __contains__(self, day: date) -> bool:
        if not self.is_yearly:
            return self.first <= day <= self.last
        first, last, month_day = ((each.month, each.day) for each in (self.first, self.last, day))
        if first <= last:
            return first <= month_day <= last
        return month_day >= first or month_day <= last  # across the turn of the year


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Named times. A window belongs to the day on which it begins."""

    name: str
    place: Place
    timezone: ZoneInfo
    weekdays: frozenset[int] = ALL_DAYS
    weeks_of_month: frozenset[int] = frozenset()
    """1 is the first such weekday of its month, -1 the last; empty: every week."""
    dates: tuple[DateRange, ...] = ()
    """Empty: every date."""
    hours: tuple[Hours, ...] = (WHOLE_DAY,)
    skip: tuple[Calendar, ...] = ()
    only: tuple[Calendar, ...] = ()
    """Only days that one of these calendars names; empty: all days."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A local time at which the next person takes over: on a weekday, on a day of the month, or daily."""

    at: time
    weekday: int | None = None
    day_of_month: int | None = None
    """1 to 31; a month that is shorter hands over on its last day."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When one person's turn ends and the next one's begins.

    Exactly one is given: *handovers* (each ends a turn), *every_days* (calendar days, at the time of the one handover),
    or *every* (elapsed time, so that the handovers move on the clock when the clocks change).
    """

    handovers: tuple[Handover, ...] = ()
    every_days: int = 0
    every: timedelta = timedelta()


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """People who take turns. The first one serves from *starts* up to the first handover after it."""

    people: tuple[str, ...]
    turn: Turn
    timezone: ZoneInfo
    starts: datetime
    ends: datetime | None = None
    during: tuple[Schedule, ...] = ()
    """Only inside one of these schedules; empty: always."""
    not_during: tuple[Schedule, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A change of a rotation for a while.

    *person* alone takes the whole rotation. With *replaces*, the person only takes over while the replaced one would be
    on call. With *is_addition*, the person joins whoever is on call. With *absent*, that person is not on call.
    """

    window: Window
    person: str | None = None
    replaces: str | None = None
    absent: str | None = None
    is_addition: bool = False
    id: str = ""
    """The id that the ledger gives to an override added at run time. Overrides in the YAML have none."""
    author: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """Who is on call when. A later layer wins where it has somebody; overrides are applied to the result."""

    name: str
    place: Place
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    announces_via: tuple[str, ...] | None = None
    """Kinds of contact for the handover message, in order of preference; None: handovers are not announced."""


Cause = Literal["nobody", "turn", "layer", "absence", "replacement", "addition", "takeover"]


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call, and why; *people* is empty in a gap."""

    people: tuple[str, ...]
    why: str
    cause: Cause = "nobody"
    """What *why* says in words."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A period in which the same people are on call; *people* is empty for a gap."""

    window: Window
    people: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """A table from keys to values, all of them text."""

    name: str
    place: Place
    table: Mapping[str, str]
    default: str | None = None

    def get(self, key: str | None) -> str | None:
        """The value for *key*, or the default."""
        return self.default if key is None else self.table.get(key, self.default)
