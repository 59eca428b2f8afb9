"""Handovers: how many there have been, and when the next one is.

Handovers are local times, so turns last as long as the calendar says: 167 or 169 hours for a week in which the clocks
change. Only a turn given in hours is elapsed time.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.model import Handover, Turn
from gateway.schedules.wall_clock import first_instant

ONE_DAY = timedelta(days=1)
DAYS_IN_WEEK = 7
MONTHS_IN_YEAR = 12


def handovers_until(turn: Turn, anchor: datetime, now: datetime, zone: ZoneInfo) -> int:
    """How many handovers there have been after *anchor*, up to and including *now*; 0 before the anchor."""
    if now <= anchor:
        return 0
    if turn.every:
        return (now - anchor) // turn.every
    if turn.every_days:
        days = (now.astimezone(zone).date() - anchor.astimezone(zone).date()).days
        count = days // turn.every_days + 2  # at most two too many: the loop corrects that by the clock
        while count > 0 and _nth_every_days(turn, anchor, count, zone) > now:
            count -= 1
        return count
    return sum(_count(handover, anchor, now, zone) for handover in turn.handovers)


def next_handover(turn: Turn, anchor: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The first handover after both *now* and *anchor*."""
    if turn.every:
        return anchor + turn.every * (handovers_until(turn, anchor, now, zone) + 1)
    if turn.every_days:
        count = handovers_until(turn, anchor, now, zone)
        return _nth_every_days(turn, anchor, count + 1, zone)
    after = max(now, anchor)
    return min(_next(handover, after, zone) for handover in turn.handovers)


def _next(handover: Handover, after: datetime, zone: ZoneInfo) -> datetime:
    day = after.astimezone(zone).date() - ONE_DAY
    while True:
        day += ONE_DAY
        if handover.day_of_month is not None:
            is_its_day = day.day == min(handover.day_of_month, monthrange(day.year, day.month)[1])
        else:
            is_its_day = handover.weekday is None or day.weekday() == handover.weekday
        if is_its_day and (instant := first_instant(day, handover.at, zone)) > after:
            return instant


def _count(handover: Handover, anchor: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Occurrences of *handover* in (anchor, now]: counted in days, and corrected by the clock at both ends."""
    first_day, last_day = anchor.astimezone(zone).date(), now.astimezone(zone).date()
    if handover.day_of_month is not None:
        count = (last_day.year - first_day.year) * MONTHS_IN_YEAR + last_day.month - first_day.month + 1
        # In a month that is too short, the handover is on the last day.
        days = [
            day.replace(day=min(handover.day_of_month, monthrange(day.year, day.month)[1]))
            for day in (first_day, last_day)
        ]
    else:
        step = 1 if handover.weekday is None else DAYS_IN_WEEK
        ahead = 0 if handover.weekday is None else (handover.weekday - first_day.weekday()) % DAYS_IN_WEEK
        days_left = (last_day - first_day).days - ahead
        if days_left < 0:
            return 0
        count = days_left // step + 1
        days = [first_day + timedelta(days=ahead), first_day + timedelta(days=ahead + step * (count - 1))]
    if first_instant(days[0], handover.at, zone) <= anchor:
        count -= 1
    if first_instant(days[1], handover.at, zone) > now:
        count -= 1
    return max(count, 0)


def _nth_every_days(turn: Turn, anchor: datetime, number: int, zone: ZoneInfo) -> datetime:
    """Handover number *number* (from 1) of turns of whole days."""
    (handover,) = turn.handovers
    # Counted from the last such weekday up to the anchor, so that each turn ends on it, wherever the anchor is.
    base = anchor.astimezone(zone).date()
    if handover.weekday is not None:
        base -= timedelta(days=(base.weekday() - handover.weekday) % DAYS_IN_WEEK)
    return first_instant(base + timedelta(days=turn.every_days * number), handover.at, zone)
