"""Shifts as an iCalendar file (RFC 5545): one event for each shift, with instants in UTC and no recurrence rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from gateway.model import Shift


def calendar_file(rotation: str, shifts: Iterable[Shift], now: datetime, since: datetime) -> bytes:
    """An iCalendar file with the *shifts* of *rotation*; *since* is where the list of shifts begins.

    A shift keeps its UID from one export to the next. If it was already running at *since*, its real start is not
    known, and the UID is computed without it.
    """
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//notification-gateway//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {rotation}")
    for shift in shifts:
        people = " and ".join(shift.people)
        start = "" if shift.window.start == since else shift.window.start.isoformat()
        uid_source = f"{rotation}\0{people}\0{start}"
        event = icalendar.Event()
        event.add("uid", f"{hashlib.sha256(uid_source.encode()).hexdigest()[:32]}@gateway")
        event.add("dtstamp", now)
        event.add("dtstart", shift.window.start)
        event.add("dtend", shift.window.end)
        event.add("summary", f"{people} on call ({rotation})")
        event.add("description", shift.why)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
