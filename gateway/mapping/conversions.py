"""Converts a sender's notation into the gateway's: times, tables, kinds of values, JSON inside a text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from gateway.errors import ApiError
from gateway.model import AmountFormat, Convert, Cut, ParseJson, Split, Table, TimeFormat
from gateway.numbers import parse_amount, parse_number
from gateway.paths import MISSING, as_text
from gateway.strict_json import decode
from gateway.times import YEARS, parse_iso

ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"
MS_PER_UNIT = {UNIX: 1000, UNIX_MS: 1}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIME_OF_DAY = frozenset("HIMSfpXcT")
"""Directives of `strptime` for the time of day; a pattern without any of them reads a date."""
NO_TIME = ("0001-01-01", "0000-00-00")
"""The beginning of the zero times of Go and MySQL, which senders write when there is no time."""
TRUE, FALSE = frozenset(("true", "yes", "1", "on")), frozenset(("false", "no", "0", "off", ""))


class CannotConvert(ValueError):
    """A value does not have the form that the mapping expects. The text contains nothing of the value."""


def convert(conversion: TimeFormat | Table | Convert | Cut | Split | ParseJson | AmountFormat, value: Any) -> Any:
    """*value* after *conversion*, or MISSING. Raises: CannotConvert."""
    match conversion:
        case TimeFormat():
            return _time(conversion, value)
        case Table():
            return _from_table(conversion, value)
        case Convert():
            return _as_kind(conversion, value)
        case Cut():
            return _cut(conversion, value)
        case Split():
            return split(value, conversion.at)
        case AmountFormat():
            return _amount(conversion, value)
        case ParseJson():
            return parse_json(value) if isinstance(value, str) else value


def parse_json(text: str) -> Any:
    """The JSON in *text*, parsed as strictly as a body. Raises: CannotConvert."""
    try:
        return decode(text.encode("utf-8"))
    except (ApiError, UnicodeEncodeError):
        raise CannotConvert("the text is not JSON") from None


def _time(time_format: TimeFormat, value: Any) -> Any:
    """The moment as ISO 8601 with an offset, or the date; MISSING for a zero that stands for no time."""
    text = as_text(value)
    if text is None:
        raise CannotConvert("expected a time, as text or number")
    text = text.strip()
    if not text or text.startswith(NO_TIME):
        return MISSING
    if time_format.notation in MS_PER_UNIT:
        return _from_number(text, time_format.notation)
    written: date | datetime | None
    if time_format.notation == ISO:
        written = parse_iso(text)
    else:
        try:
            written = datetime.strptime(text, time_format.notation)  # noqa: DTZ007 - the zone follows below
        except ValueError:
            written = None
        directives = {char for before, char in pairwise(time_format.notation) if before == "%"}
        if written is not None and not directives & TIME_OF_DAY:
            written = written.date()
    if written is None or written.year not in YEARS:
        notation = f"the form {time_format.notation}" if time_format.notation != ISO else "ISO 8601: 2026-11-23T08:00Z"
        raise CannotConvert(f"expected a time in {notation}")
    if time_format.is_moment and not isinstance(written, datetime):
        written = datetime.combine(written, time())
    if isinstance(written, datetime) and written.tzinfo is None:
        written = written.replace(tzinfo=time_format.zone)
    return written.isoformat()


def _from_number(text: str, notation: str) -> Any:
    """The moment this number of seconds or milliseconds after 1970; MISSING for none."""
    unit = "seconds" if notation == UNIX else "milliseconds"
    number = parse_number(text)
    if number is None:
        raise CannotConvert(f"expected the number of {unit} since 1970")
    if not number:
        return MISSING
    try:
        moment = EPOCH + timedelta(milliseconds=float(number) * MS_PER_UNIT[notation])
    except OverflowError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise CannotConvert(f"the number is out of range for {unit} since 1970")
    return moment.isoformat().replace("+00:00", "Z")


def _amount(amount_format: AmountFormat, value: Any) -> Any:
    """The amount as text with a decimal point. A JSON number is returned unchanged."""
    if not isinstance(value, str):
        if parse_number(value) is None:
            raise CannotConvert("expected an amount, as text or number")
        return as_text(value)
    if not value.strip():
        return MISSING
    amount = parse_amount(value, amount_format.decimal)
    if amount is None:
        raise CannotConvert(f"expected an amount whose decimals follow {amount_format.decimal!r}")
    return str(amount)


def _from_table(table: Table, value: Any) -> Any:
    """The entry for *value*; for a list, the entries of the elements that have one."""
    if isinstance(value, list):
        entries = [entry for element in value if (entry := _from_table(table, element)) is not MISSING]
        return entries or MISSING
    key = key_text(value)
    return MISSING if key is None else table.entries.get(key.casefold() if table.ignore_case else key, MISSING)


def key_text(value: Any) -> str | None:
    """*value* as the key of a table or lookup: numbers, true and false in JSON notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value)


def _as_kind(conversion: Convert, value: Any) -> Any:
    if conversion.to == "list":
        return value if isinstance(value, list) else [value]
    if conversion.to == "text" and isinstance(value, str):
        return value
    if isinstance(value, list):
        return [_as_kind(conversion, element) for element in value]
    if isinstance(value, Mapping):
        raise CannotConvert(f"expected a {conversion.to}, not an object")
    if conversion.to == "text":
        return key_text(value)
    if conversion.to == "number":
        number = parse_number(value)
        if number is None:
            raise CannotConvert("expected a number")
        return int(number) if number == number.to_integral_value() and abs(number) < 2**53 else float(number)
    text = (key_text(value) or "").strip().casefold()
    if text not in TRUE | FALSE:
        raise CannotConvert("expected true or false")
    return text in TRUE


def _cut(cut: Cut, value: Any) -> Any:
    """The part between *after* and *before*, without surrounding spaces; MISSING if the text lacks either."""
    text = as_text(value)
    if text is None:
        return MISSING
    if cut.after:
        _, mark, text = text.partition(cut.after)
        if not mark:
            return MISSING
    if cut.before:
        text, mark, _ = text.partition(cut.before)
        if not mark:
            return MISSING
    return text.strip() or MISSING


def split(value: Any, separator: str) -> Any:
    """The parts of a text, or of all texts in a list; MISSING if there are none."""
    if isinstance(value, list):
        nested = [split(element, separator) for element in value]
        return [part for parts in nested if parts is not MISSING for part in parts] or MISSING
    text = as_text(value)
    parts = [] if text is None else [part.strip() for part in text.split(separator)]
    return [part for part in parts if part] or MISSING
