"""Filters for numbers: amounts of money, rounding, and counts with a noun."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.filters import locales
from gateway.messages.filters.dates import Reader
from gateway.messages.values import show

MAX_PLACES = 6
"""How many decimal places `round` may keep."""
MAX_DIGITS = 30
"""Digits of an amount including decimal places; anything longer is not an amount of money."""
MORE_FORMS = frozenset(("zero", "two", "few", "many"))
"""The plural categories of CLDR that English does not have."""
MAX_LENGTH = 100
"""How many characters a written number may have."""
EXACT = Context(prec=2 * MAX_DIGITS)
WRITTEN = re.compile(r"[-+]?\d[\d.,'\u2019 \u00a0\u202f]*")
"""An amount as a person wrote it, `1.234,50`: what its points and commas mean is not known."""
CODES = {"$": "USD", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY"}
"""Currency signs that an event may have instead of a code."""
LENGTH_OF_CODE = 3


def rounded(value: Any, places: Any = 0) -> Decimal | str:
    """The number rounded half up to *places* decimal places; anything that is not a number stays as it is."""
    if not isinstance(places, int) or not 0 <= places <= MAX_PLACES:
        raise TemplateFailed(f"round takes 0 to {MAX_PLACES} decimal places")
    number = _amount(value)
    return show(value) if number is None else number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)


def absolute(value: Any) -> Decimal | str:
    """The number without its sign, for example of a refund; anything that is not a number stays as it is."""
    number = _amount(value)
    return show(value) if number is None else abs(number)


def money(value: Any, reader: Reader, currency: Any = "") -> str:
    """`1234.5` or `"1234.50"` in `USD` -> `$1,234.50`; anything that is not a number stays as it is,
    and an amount that a person wrote, such as `1.234,50`, gets the currency behind it.

    *currency* is an ISO 4217 code or a sign. Without one, the amount has two decimal places and no sign. Any other text
    is written after the amount.
    """
    amount, name = _amount(value), "" if isinstance(currency, Absent) else show(currency).strip()
    if amount is None:
        text = show(value)
        return f"{text} {name}" if name and WRITTEN.fullmatch(text) else text
    code = CODES.get(name, name.upper())
    if len(code) == LENGTH_OF_CODE and code.isascii() and code.isalpha():
        return locales.write_money(amount, code, reader.locale)
    digits = locales.write_number(amount, reader.locale, 2)
    return f"{digits} {name}" if name else digits


def number(value: Any, reader: Reader) -> str:
    """`1234.50` -> `1,234.50`, and 9.0 -> `9`; anything that is not a number stays as it is."""
    amount = _amount(value)
    return show(value) if amount is None else locales.write_number(_whole_if_whole(value, amount), reader.locale)


def plural(value: Any, reader: Reader, one: Any = "", other: Any = "", **forms: Any) -> str:
    """`1` -> `1 alert`, `3` -> `3 alerts`; of a list, the elements are counted.

    *forms* are those of other languages: `zero`, `two`, `few`, `many`. *other* takes the place of a missing form.
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
    """The number that *value* is or spells; None for other texts, and for absurdly large or small numbers."""
    if isinstance(value, bool) or len(text := show(value)) > MAX_LENGTH or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() >= MAX_DIGITS - MAX_PLACES:
        return None
    # A number far below a cent would be written with more zeros than anybody reads.
    return number if number.adjusted() > -MAX_DIGITS else Decimal(0)


def _whole_if_whole(value: Any, number: Decimal) -> Decimal:
    """*number* without the `.0` that some languages write for whole numbers in JSON; a text keeps its decimals."""
    return (
        number.quantize(Decimal(1)) if not isinstance(value, str) and number == number.to_integral_value() else number
    )
