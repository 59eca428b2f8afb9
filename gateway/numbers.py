"""Parses numbers and amounts, which arrive as numbers or as text (`"434.60"`), and writes counts in English."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

MAX_LENGTH = 100
"""The longest text that is parsed as a number; posted numbers have at most 64 characters."""

POINT, COMMA = ".", ","
"""The decimal separators of amounts."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")

_GROUPS = r" '\u00a0\u2009\u202f\u2019"
"""Characters that may separate thousands. So may a point or comma, whichever is not the decimal separator."""
# A group of thousands has two or three digits, since India writes 12,34,567; the last one always has three.
_AMOUNTS = {
    decimal: re.compile(
        rf"(?P<before>[^\d.,]{{0,5}}(?:[^\W\d_]\.)? ?)"
        rf"(?P<whole>\d{{1,3}}(?:[{other}{_GROUPS}]\d{{2,3}})*[{other}{_GROUPS}]\d{{3}}|\d*)"
        rf"(?:{re.escape(decimal)}(?P<decimals>\d*))?"
        r"(?P<after>[^\d.,]{0,5}\.?)"
    )
    for decimal, other in ((POINT, COMMA), (COMMA, POINT))
}
"""Short words and signs around a number may name its currency: `US$ 1,234.50`, `1.234,50 EUR`, `(12.00)`."""


def parse_amount(text: str, decimal: str) -> Decimal | None:
    """The number in *text*, which may contain a currency; *decimal* is the decimal separator, a point or a comma.

    None if *text* is no amount, or if the other character of the two is its decimal separator.
    """
    match = _AMOUNTS[decimal].fullmatch(text.strip().replace("\u2212", "-")) if len(text) <= MAX_LENGTH else None
    if match is None or not (match["whole"] or match["decimals"]):
        return None
    around = match["before"] + match["after"]
    whole = re.sub(r"\D", "", match["whole"]) or "0"
    sign = "-" if "-" in around or ("(" in match["before"] and ")" in match["after"]) else ""
    return Decimal(f"{sign}{whole}.{match['decimals'] or 0}" if match["decimals"] else f"{sign}{whole}")


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 route`, `2 routes`. *plural* is needed where the plural is not *noun* with an `s`."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def parse_number(value: Any) -> Decimal | None:
    """The finite number that *value* is or spells; None for anything else, including true and false."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    return Decimal(text) if len(text) <= MAX_LENGTH and _NUMBER.fullmatch(text) else None
