"""Determines on which side of a threshold a value lies."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from gateway.model import Threshold
from gateway.numbers import parse_number


class Side(StrEnum):
    """Where a value lies, and its effect on a threshold."""

    ABOVE = "above"
    """It arms the threshold again."""
    CROSSED = "crossed"
    """It fires the threshold, if that is armed."""
    BELOW = "below"
    """Another event type reports it. It disarms the threshold, so that a value which rises from here does not fire."""
    UNKNOWN = "unknown"
    """It is not a number, and has no effect."""


def side(value: Any, threshold: Threshold) -> Side:
    """Where *value* lies, which is a number or a text that spells one."""
    number = parse_number(value)
    if number is None:
        return Side.UNKNOWN
    if number > Decimal(str(threshold.at_most)):
        return Side.ABOVE
    if threshold.above is not None and number <= Decimal(str(threshold.above)):
        return Side.BELOW
    return Side.CROSSED
