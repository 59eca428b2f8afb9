"""Numbers in data: the one reader of amounts, which arrive as numbers or as text (`"434.60"`)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

MAX_LENGTH = 100
"""Characters of a text that may be a number; posted numbers have 64 at most."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")


def parse_number(value: Any) -> Decimal | None:
    """The finite number that *value* is or spells; None for anything else, also for true and false."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    return Decimal(text) if len(text) <= MAX_LENGTH and _NUMBER.fullmatch(text) else None
