"""Working time: goes back or forward by hours that count only inside a schedule."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.model import Schedule
from gateway.schedules.windows import windows_between

STEP = timedelta(days=14)
MAX_STEPS = 52
"""Two years: if a schedule has too little working time in them, there is no answer."""


def before_working(moment: datetime, span: timedelta, schedule: Schedule) -> datetime | None:
    """The latest instant such that *span* of working time passes between it and *moment*.

    None if the two years before have too little working time.
    """
    # A window that a step cuts counts in two parts, which together are as long.
    end = moment
    for _ in range(MAX_STEPS):
        start = end - STEP
        for window in reversed(list(windows_between(schedule, start, end))):
            length = window.end - window.start
            if length >= span:
                return window.end - span
            span -= length
        end = start
    return None


def after_working(moment: datetime, span: timedelta, schedule: Schedule) -> datetime | None:
    """The earliest instant by which *span* of working time has passed since *moment*.

    None if the two years after have too little working time.
    """
    start = moment
    for _ in range(MAX_STEPS):
        end = start + STEP
        for window in windows_between(schedule, start, end):
            length = window.end - window.start
            if length >= span:
                return window.start + span
            span -= length
        start = end
    return None
