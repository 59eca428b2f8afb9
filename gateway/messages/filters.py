"""The filters of message templates that are the gateway's own, and how a value is shown to a reader.

None of them makes a text of unbounded length, nor works unboundedly long, whatever its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.errors import TemplateFailed
from gateway.numbers import parse_number
from gateway.times import parse_iso

MAX_CHARACTERS = 64 * 1024
"""Longest text that a template or a filter makes."""
MAX_PLACES = 6
"""Decimal places that `round` may keep."""
MAX_DIGITS = 30
"""Digits before the point of an amount; a longer one is no amount of money."""
SYMBOLS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}
SHOWN_OF_OBJECT = ("name", "email", "id")


def show(value: Any) -> str:
    """*value* as a reader sees it: `yes` or `no`, a list with commas, a person or thing by its name.

    Raises: TemplateFailed for what has no such form.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return join(value, ", ")
    if isinstance(value, Mapping):
        found = next((value[field] for field in SHOWN_OF_OBJECT if value.get(field) is not None), None)
        if found is None or isinstance(found, Mapping | list):
            raise TemplateFailed("the template shows an object; name the field of it that is to be shown")
        return show(found)
    return str(value)  # an absent value, which fails and says its name


def join(values: Any, separator: str = "", attribute: str | None = None) -> str:
    """The elements of a list, or of each its *attribute* (a dotted path), with *separator* between them."""
    if not isinstance(values, list | tuple):
        values = list(values) if isinstance(values, Iterator) else [values]
    shown: list[str] = []
    length = 0
    for one in values:
        value = _below(one, attribute) if attribute else one
        if value is None:
            continue
        shown.append(show(value))
        length += len(shown[-1]) + len(str(separator))
        if length > MAX_CHARACTERS:
            break
    return str(separator).join(shown)[:MAX_CHARACTERS]


def _below(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def replace(value: Any, old: str, new: str) -> str:
    """The text with *new* for every *old*."""
    text, old, new = show(value)[:MAX_CHARACTERS], str(old), str(new)
    if not old:
        return text
    growth = len(new) - len(old)
    count = (MAX_CHARACTERS - len(text)) // growth if growth > 0 else -1
    return text.replace(old, new, count)


def rounded(value: Any, places: int = 0) -> Decimal | str:
    """The number, half up, to *places* decimal places; what is no number stays as it is."""
    if not isinstance(places, int) or not 0 <= places <= MAX_PLACES:
        raise TemplateFailed(f"round takes 0 to {MAX_PLACES} decimal places")
    number = _amount(value)
    return show(value) if number is None else number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _amount(value: Any) -> Decimal | None:
    """The number that *value* is or spells; None for a text that does not, and for one out of all proportion."""
    number = None if isinstance(value, bool) else parse_number(show(value))
    return number if number is not None and number.adjusted() < MAX_DIGITS - MAX_PLACES else None


def money(value: Any, currency: str = "$") -> str:
    """`1234.5` or `"1234.50"` -> `$1,234.50`; what is no number stays as it is.

    *currency* is a symbol or a code; a code without a symbol stands behind the amount.
    """
    amount = _amount(value)
    if amount is None:
        return show(value)
    amount = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    name = show(currency)
    symbol = SYMBOLS.get(name.upper(), name)
    sign, digits = ("-" if amount < 0 else ""), f"{abs(amount):,.2f}"
    return f"{sign}{digits} {symbol}" if symbol.isalpha() else f"{sign}{symbol}{digits}"


def day(value: Any) -> str:
    """An ISO 8601 date or time -> `Tue 24 Nov 2026`; anything else stays as it is."""
    text = show(value)
    found = parse_iso(text)
    return text if found is None else _day(found)


def moment(value: Any) -> str:
    """An ISO 8601 time -> `Tue 24 Nov 2026, 17:00 UTC`, in the offset it was given; a date -> as `day`."""
    text = show(value)
    found = parse_iso(text)
    if found is None:
        return text
    return f"{_day(found)}, {found:%H:%M}{_zone(found)}" if isinstance(found, datetime) else _day(found)


def _zone(time: datetime) -> str:
    offset = time.utcoffset()
    if offset is None:
        return ""
    return f" {time.isoformat()[-6:]}" if offset else " UTC"


def _day(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b %Y}"


def excerpt(value: Any, length: int = 200) -> str:
    """The first *length* characters in one paragraph, cut at a word, with an ellipsis when cut."""
    text = " ".join(show(value).split())
    if len(text) <= length:
        return text
    cut = text[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,.;:-")
    return f"{cut}\u2026"


def plural(value: Any, one: str, many: str) -> str:
    """`1` -> `1 alert`, `3` -> `3 alerts`; a list is counted."""
    count = len(value) if isinstance(value, list | tuple | Mapping) else value
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    text = show(count)
    return f"{text} {one if text == '1' else many}"


FILTERS = {
    "money": money,
    "date": day,
    "datetime": moment,
    "excerpt": excerpt,
    "plural": plural,
    "join": join,
    "replace": replace,
    "round": rounded,
}
