"""On which side of a threshold a value lies."""

from __future__ import annotations

import pytest

from gateway.model import Threshold
from gateway.timing.thresholds import Side, side

LOW = Threshold((), ("credits",), at_most=15, above=0)
OUT = Threshold((), ("credits",), at_most=0)


@pytest.mark.parametrize(
    ("value", "low", "out"),
    [
        (500, "above", "above"),
        (15.1, "above", "above"),
        (15, "crossed", "above"),
        (1, "crossed", "above"),
        (0, "below", "crossed"),
        (-3, "below", "crossed"),
        ("0.00", "below", "crossed"),
        ("14.5", "crossed", "above"),
        ("many", "unknown", "unknown"),
        (True, "unknown", "unknown"),
        (None, "unknown", "unknown"),
        ("NaN", "unknown", "unknown"),
    ],
)
def test_a_jump_to_nothing_is_only_out(value: object, low: str, out: str) -> None:
    assert (side(value, LOW), side(value, OUT)) == (Side(low), Side(out))
