"""The filters of message templates that are the gateway's own: money, dates, excerpts, plurals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

SYMBOLS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}


def money(value: Any, currency: str = "$") -> str:
    """`1234.5` or `"1234.50"` -> `$1,234.50`; what is no number stays as it is.

    *currency* is a symbol or a code; a code without a symbol stands behind the amount.
    """
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    symbol = SYMBOLS.get(currency.upper(), currency)
    sign, digits = ("-" if amount < 0 else ""), f"{abs(amount):,.2f}"
    return f"{sign}{digits} {symbol}" if symbol.isalpha() else f"{sign}{symbol}{digits}"


def day(value: Any) -> str:
    """An ISO 8601 date or time -> `Tue 24 Nov 2026`; anything else stays as it is."""
    try:
        return _day(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return str(value)


def moment(value: Any) -> str:
    """An ISO 8601 time -> `Tue 24 Nov 2026, 17:00 UTC`, in the offset it was given; a date -> as `day`."""
    text = str(value)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= 10:
        return _day(time)
    offset = time.utcoffset()
    zone = "" if offset is None else " UTC" if not offset else f" {time:%z}"
    if zone.strip() not in ("", "UTC"):
        zone = f" {zone.strip()[:3]}:{zone.strip()[3:5]}"
    return f"{_day(time)}, {time:%H:%M}{zone}"


def _day(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b %Y}"


def excerpt(value: Any, length: int = 200) -> str:
    """The first *length* characters in one paragraph, cut at a word, with an ellipsis when cut."""
    text = " ".join(str(value).split())
    if len(text) <= length:
        return text
    cut = text[:length].rsplit(" ", 1)[0].rstrip(" ,.;:-")
    return f"{cut}\u2026"


def plural(value: Any, one: str, many: str) -> str:
    """`1` -> `1 alert`, `3` -> `3 alerts`."""
    count = len(value) if isinstance(value, list | tuple | dict) else value
    return f"{count} {one if str(count) == '1' else many}"


FILTERS = {"money": money, "date": day, "datetime": moment, "excerpt": excerpt, "plural": plural}
