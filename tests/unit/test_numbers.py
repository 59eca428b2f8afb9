"""The one reader of numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.numbers import parse_amount, parse_number


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


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("$434.60", ".", "434.60"),
        ("US$ 1,434.60", ".", "1434.60"),
        ("1.234,56 \u20ac", ",", "1234.56"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1\u202f234,5 EUR", ",", "1234.5"),
        ("CHF 1'234.50", ".", "1234.50"),
        ("Rs. 12,34,567.00", ".", "1234567.00"),
        ("-5,00", ",", "-5.00"),
        ("($12.00)", ".", "-12.00"),
        ("\u22121", ".", "-1"),
        ("0.1", ".", "0.1"),
        (".5", ".", "0.5"),
        ("434,60", ".", None),
        ("1.234.56", ".", None),
        ("1,23", ".", None),
        ("1,234,56.00", ".", None),
        ("1e5", ".", None),
        ("434.60 for 12", ".", None),
        ("Invoice 434.60", ".", None),
        ("$", ".", None),
        ("", ".", None),
        ("1" * 5000, ".", None),
    ],
)
def test_an_amount_is_read_by_the_separator_that_is_stated(text: str, decimal: str, expected: str | None) -> None:
    amount = parse_amount(text, decimal)
    assert (None if amount is None else str(amount)) == expected
