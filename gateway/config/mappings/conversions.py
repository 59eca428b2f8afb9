"""Reads the conversions of a value from the YAML: cut it, split it, look it up in a table, parse it as a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from gateway.config.directory.check import check_timezone
from gateway.config.sections import Entry
from gateway.mapping.conversions import ISO, UNIX, UNIX_MS
from gateway.model import (
    AmountFormat,
    Below,
    Conversion,
    Convert,
    Cut,
    ParseJson,
    Problem,
    Split,
    Table,
    TimeFormat,
    Value,
    ValueKind,
)
from gateway.numbers import COMMA, POINT
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

KINDS = get_args(ValueKind)
SEPARATORS = (POINT, COMMA)
CHOICES = {
    "parse": (("json",), "expected `json`, the only format that can be parsed"),
    "amount": (SEPARATORS, 'expected the decimal separator: "." or ","'),
    "as": (KINDS, f"expected {', '.join(KINDS[:-1])} or {KINDS[-1]}"),
}
"""For each key, its possible values, and the message for any other."""
SOME_TIME = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def read_conversions(
    entry: Entry, below: Value | None, zone: ZoneInfo, problems: list[Problem]
) -> tuple[Conversion, ...]:
    """The conversions of the value in *entry* in the order in which they apply, whatever the order of the keys.

    *below* is the value that is read inside the value at the path; *zone* is that of times without an offset.
    """
    value: Any = entry.value
    for key, (allowed, message) in CHOICES.items():
        if key in value and value[key] not in allowed:
            problems.append(entry.problem((key,), message))
    conversions: list[Conversion] = [ParseJson()] if "parse" in value else []
    conversions += [Below(below)] if below is not None else []
    if "after" in value or "before" in value:
        conversions.append(Cut(str(value.get("after", "")), str(value.get("before", ""))))
    if "split" in value and "each" not in value:
        conversions.append(Split(str(value["split"]) or ","))
    if value.get("amount") in SEPARATORS:
        conversions.append(AmountFormat(value["amount"]))
    if "table" in value:
        conversions += _table(entry, problems)
    if "format" in value:
        conversions += _time_format(entry, zone, problems)
    if value.get("as") in KINDS:
        conversions.append(Convert(value["as"]))
    return tuple(conversions)


def _table(entry: Entry, problems: list[Problem]) -> Iterator[Table]:
    table: Any = entry.value["table"]
    ignore_case: Any = entry.value.get("ignore_case", False)
    if not isinstance(table, Mapping) or not table:
        message = "expected a map from values to values, such as {CRITICAL: critical}"
        problems.append(entry.problem(("table",), message))
    elif not isinstance(ignore_case, bool):
        problems.append(entry.problem(("ignore_case",), "ignore_case takes true or false"))
    else:
        yield Table({key.casefold() if ignore_case else key: table[key] for key in table}, ignore_case)


def _time_format(entry: Entry, zone: ZoneInfo, problems: list[Problem]) -> Iterator[TimeFormat]:
    notation: Any = entry.value["format"]
    if not isinstance(notation, str) or (notation not in (ISO, UNIX, UNIX_MS) and "%" not in notation):
        hint = did_you_mean(str(notation), (ISO, UNIX, UNIX_MS)) or 'a pattern looks like "%d.%m.%Y %H:%M"'
        problems.append(entry.problem(("format",), "expected iso, unix, unix_ms, or a pattern", hint))
        return
    try:  # a pattern is valid if it parses what it formats
        if "%" in notation:
            datetime.strptime(SOME_TIME.strftime(notation), notation)  # noqa: DTZ007 - only the pattern matters
    except (ValueError, re.error):
        problems.append(entry.problem(("format",), f"{quote(notation)} is not a time pattern"))
        return
    if entry.value.get("zone") is not None:
        faults = list(check_timezone(entry.below("zone")))
        problems += faults
        zone = zone if faults else ZoneInfo(entry.value["zone"])
    yield TimeFormat(notation, zone)
