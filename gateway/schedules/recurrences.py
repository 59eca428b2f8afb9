"""Recurrence rules of iCalendar files (RFC 5545, 3.3.10): which are refused, and how often an event can occur."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

LAST_YEAR = 2050
DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PER_YEAR = {"SECONDLY": 31_622_400, "MINUTELY": 527_040, "HOURLY": 8_784, "DAILY": 366, "WEEKLY": 53, "MONTHLY": 12}
"""How many periods of each FREQ a year has (RFC 5545, 3.3.10); one for YEARLY, and for an event without a rule."""
DAYS_IN_YEAR, WEEKS_IN_YEAR, WEEKS_IN_MONTH = 366, 53, 5


class InvalidCalendar(ValueError):
    """A calendar that cannot be used; the text says why, and what is expected."""


def check_rule(rule: Any) -> None:
    """Raises: InvalidCalendar for a recurrence rule that steps back, or that no day can match.

    The library would follow such rules to the year 9999, or for ever.
    """
    if rule is None:
        return
    if int(rule.get("INTERVAL", [1])[0]) < 1:
        raise InvalidCalendar("a recurrence rule has an INTERVAL below 1 (RFC 5545, 3.3.10)")
    months = [int(month) for month in rule.get("BYMONTH", ())]
    if not all(1 <= month <= len(DAYS_IN_MONTH) for month in months):
        raise InvalidCalendar("a recurrence rule has a BYMONTH that does not exist (RFC 5545, 3.3.10)")
    longest = max((DAYS_IN_MONTH[month - 1] for month in months), default=max(DAYS_IN_MONTH))
    days = [abs(int(day)) for day in rule.get("BYMONTHDAY", ())]
    if days and not any(1 <= day <= longest for day in days):
        raise InvalidCalendar("a recurrence rule has a BYMONTHDAY that none of its months has")
    if str(rule.get("FREQ", [""])[0]).upper() != "YEARLY" and (rule.get("BYYEARDAY") or rule.get("BYWEEKNO")):
        raise InvalidCalendar("only a yearly recurrence rule may have BYYEARDAY or BYWEEKNO")


def listed_dates(event: Any) -> int:
    """How many dates the event's RDATE properties list."""
    lists = event.get("rdate", [])
    return sum(len(dates.dts) for dates in (lists if isinstance(lists, list) else [lists]))


def years_of(event: Any) -> int:
    """For how many years the recurrence rule of *event* counts."""
    rule = event.get("rrule")
    if rule is None:
        return 1
    last_year = min(rule["UNTIL"][0].year, LAST_YEAR) if rule.get("UNTIL") else LAST_YEAR
    first_year: int = event["dtstart"].dt.year
    return max(1, last_year - first_year)


def occurrences_per_year(rule: Mapping[str, Sequence[Any]] | None) -> int:
    """An upper bound for how often an event with the recurrence rule *rule* occurs in a year.

    Rules with a FREQ of hours or less count as often as they are evaluated, since they are stepped through one by one.
    """
    if rule is None:
        return 1
    freq = str(rule.get("FREQ", [""])[0]).upper()
    is_shorter_than_days = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    shorter = {"HOURLY": ("BYMINUTE", "BYSECOND"), "MINUTELY": ("BYSECOND",), "SECONDLY": ()}
    parts = shorter.get(freq, ("BYHOUR", "BYMINUTE", "BYSECOND"))
    times = prod(len(rule[part]) for part in parts if rule.get(part))
    if is_shorter_than_days:
        count = times * (PER_YEAR[freq] // int(rule.get("INTERVAL", [1])[0]) + 1)
    else:
        count = times * _days_per_year(rule, PER_YEAR.get(freq, 1))
    # A rule with BY parts skips periods without an occurrence, and COUNT does not count these.
    is_filtered = any(part.startswith("BY") for part in rule)
    return min(count, int(rule["COUNT"][0])) if rule.get("COUNT") and not is_filtered else count


def _days_per_year(rule: Mapping[str, Sequence[Any]], periods: int) -> int:
    """An upper bound for the days of a year on which *rule* lets an event occur; the year has *periods* periods of its
    FREQ."""
    months = len(rule.get("BYMONTH", ())) or 12
    limits = [DAYS_IN_YEAR]
    if weekdays := rule.get("BYDAY"):
        plain = min(WEEKS_IN_YEAR, WEEKS_IN_MONTH * months)
        limits.append(sum(months if any(map(str.isdigit, str(day))) else plain for day in weekdays))
    if days := rule.get("BYMONTHDAY"):
        limits.append(len(days) * months)
    if days := rule.get("BYYEARDAY"):
        limits.append(len(days))
    if weeks := rule.get("BYWEEKNO"):
        limits.append(len(weeks) * 7)
    if len(limits) == 1:  # nothing selects days: there is one in each period, or in each of the months
        limits.append(max(periods, len(rule.get("BYMONTH", ()))))
    return min(limits)
