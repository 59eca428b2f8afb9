"""On which side of a threshold a value lies."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from gateway.model import Threshold


class Side(StrEnum):
    """Where a value lies, and so what it does to a threshold."""

    ABOVE = "above"
    """It arms the threshold again."""
    CROSSED = "crossed"
    """It fires the threshold, if that is armed."""
    BELOW = "below"
    """It is another type's to tell, and does nothing."""
    UNKNOWN = "unknown"
    """It is no number, and does nothing."""


def side(value: Any, threshold: Threshold) -> Side:
    """Where *value* lies: a number, or text that spells one."""
    number = _number(value)
    if number is None:
        return Side.UNKNOWN
    if number > Decimal(str(threshold.at_most)):
        return Side.ABOVE
    if threshold.above is not None and number <= Decimal(str(threshold.above)):
        return Side.BELOW
    return Side.CROSSED


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
