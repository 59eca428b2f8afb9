"""The one reader of numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.numbers import parse_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, Decimal(3)),
        (434.6, Decimal("434.6")),
        ("434.60", Decimal("434.60")),
        (" -7 ", Decimal(-7)),
        ("+.5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("1e3", Decimal(1000)),
        (Decimal("1.10"), Decimal("1.10")),
        ("1_000", None),
        ("1,000", None),
        ("NaN", None),
        ("Infinity", None),
        (float("inf"), None),
        ("\u0663", None),
        ("1e99999999999999999999", None),
        ("1" * 5000, None),
        ("", None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_number_is_one_or_a_text_that_spells_one(value: Any, expected: Decimal | None) -> None:
    assert parse_number(value) == expected
