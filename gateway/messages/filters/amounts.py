"""Filters of numbers: amounts of money, rounding, counts with their word."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.filters import locales
from gateway.messages.filters.dates import Reader
from gateway.messages.values import show

MAX_PLACES = 6
"""Decimal places that `round` may keep."""
MAX_DIGITS = 30
"""Digits of an amount, with its decimal places; a longer one is no amount of money."""
MORE_FORMS = frozenset(("zero", "two", "few", "many"))
"""Plural categories of CLDR beside `one` and `other`, which English has."""
MAX_LENGTH = 100
"""Characters of a number as it is written."""
EXACT = Context(prec=2 * MAX_DIGITS)
CODES = {"$": "USD", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY"}
"""Signs that an event may have in place of a code."""
LENGTH_OF_CODE = 3


def rounded(value: Any, places: Any = 0) -> Decimal | str:
    """The number, half up, to *places* decimal places; what is no number stays as it is."""
    if not isinstance(places, int) or not 0 <= places <= MAX_PLACES:
        raise TemplateFailed(f"round takes 0 to {MAX_PLACES} decimal places")
    number = _amount(value)
    return show(value) if number is None else number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)


def absolute(value: Any) -> Decimal | str:
    """The number without its sign: of a refund, the amount; what is no number stays as it is."""
    number = _amount(value)
    return show(value) if number is None else abs(number)


def money(value: Any, reader: Reader, currency: Any = "") -> str:
    """`1234.5` or `"1234.50"` in `USD` -> `$1,234.50`; what is no number stays as it is.

    *currency* is a code of ISO 4217 or a sign. Without one, the amount has two decimal places and no sign; any other
    text follows the amount.
    """
    amount = _amount(value)
    if amount is None:
        return show(value)
    name = "" if isinstance(currency, Absent) else show(currency).strip()
    code = CODES.get(name, name.upper())
    if len(code) == LENGTH_OF_CODE and code.isascii() and code.isalpha():
        return locales.write_money(amount, code, reader.locale)
    digits = locales.write_number(amount, reader.locale, 2)
    return f"{digits} {name}" if name else digits


def number(value: Any, reader: Reader) -> str:
    """`1234.50` -> `1,234.50`, and 9.0 -> `9`; what is no number stays as it is."""
    amount = _amount(value)
    return show(value) if amount is None else locales.write_number(_whole_if_whole(value, amount), reader.locale)


def plural(value: Any, reader: Reader, one: Any = "", other: Any = "", **forms: Any) -> str:
    """`1` -> `1 alert`, `3` -> `3 alerts`; a list is counted.

    *forms* are those that other languages have: `zero`, `two`, `few`, `many`. Where one is missing, *other* stands.
    """
    if not other:
        raise TemplateFailed("plural needs the form `other`, behind that of one")
    if unknown := forms.keys() - MORE_FORMS:
        raise TemplateFailed(f"plural has no form {', '.join(sorted(unknown))}")
    count = _amount(len(value) if isinstance(value, list | tuple | Mapping) else value)
    if count is None:
        return f"{show(value)} {show(other)}"
    count = _whole_if_whole(value, count)
    word = {"one": one, **forms}.get(locales.plural_form(abs(count), reader.locale)) or other
    return f"{locales.write_number(count, reader.locale)} {show(word)}"


def _amount(value: Any) -> Decimal | None:
    """The number that *value* is or spells; None for a text that does not, and for one out of all proportion."""
    if isinstance(value, bool) or len(text := show(value)) > MAX_LENGTH or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() >= MAX_DIGITS - MAX_PLACES:
        return None
    # What is far below a cent is written with so many zeros that nobody reads it.
    return number if number.adjusted() > -MAX_DIGITS else Decimal(0)


def _whole_if_whole(value: Any, number: Decimal) -> Decimal:
    """*number* without the `.0` that JSON gives a whole number in some languages; a text keeps its places."""
    return (
        number.quantize(Decimal(1)) if not isinstance(value, str) and number == number.to_integral_value() else number
    )
