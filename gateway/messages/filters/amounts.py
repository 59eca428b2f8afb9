"""Filters of numbers: amounts of money, rounding, counts with their word."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.values import show

MAX_PLACES = 6
"""Decimal places that `round` may keep."""
MAX_DIGITS = 30
"""Digits of an amount, with its decimal places; a longer one is no amount of money."""
MAX_LENGTH = 100
"""Characters of a number as it is written."""
EXACT = Context(prec=2 * MAX_DIGITS)
SYMBOLS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}


def rounded(value: Any, places: Any = 0) -> Decimal | str:
    """The number, half up, to *places* decimal places; what is no number stays as it is."""
    if not isinstance(places, int) or not 0 <= places <= MAX_PLACES:
        raise TemplateFailed(f"round takes 0 to {MAX_PLACES} decimal places")
    number = _amount(value)
    return show(value) if number is None else _quantize(number, places)


def money(value: Any, currency: Any = "$") -> str:
    """`1234.5` or `"1234.50"` -> `$1,234.50`; what is no number stays as it is.

    *currency* is a symbol or a code; a code without a symbol follows the amount, and an absent one is left out.
    """
    amount = _amount(value)
    if amount is None:
        return show(value)
    amount = _quantize(amount, 2)
    name = "" if isinstance(currency, Absent) else show(currency)
    symbol = SYMBOLS.get(name.upper(), name)
    sign, digits = ("-" if amount < 0 else ""), f"{abs(amount):,.2f}"
    return f"{sign}{digits} {symbol}" if symbol.isalpha() else f"{sign}{symbol}{digits}"


def _amount(value: Any) -> Decimal | None:
    """The number that *value* is or spells; None for a text that does not, and for one out of all proportion."""
    if isinstance(value, bool) or len(text := show(value)) > MAX_LENGTH or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < MAX_DIGITS - MAX_PLACES else None


def _quantize(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)


def plural(value: Any, one: Any, many: Any) -> str:
    """`1` -> `1 alert`, `3` -> `3 alerts`; a list is counted."""
    count = len(value) if isinstance(value, list | tuple | Mapping) else value
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    text = show(count)
    return f"{text} {show(one if text == '1' else many)}"
