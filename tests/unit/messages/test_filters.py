"""The filters of templates: what a reader sees of amounts, dates, lists and the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import TemplateFailed
from gateway.messages.filters.amounts import money, plural, rounded
from gateway.messages.filters.dates import day, moment, relative
from gateway.messages.filters.texts import excerpt, replace, truncate
from gateway.messages.values import MAX_CHARACTERS, join, show


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1234.5", "$", "$1,234.50"),
        (1234, "USD", "$1,234.00"),
        (0.005, "$", "$0.01"),
        ("-5", "EUR", "-\u20ac5.00"),
        ("-0.001", "$", "$0.00"),
        ("1234567.891", "CHF", "1,234,567.89 CHF"),
        ("gbp", "GBP", "gbp"),
        ("", "$", ""),
        ("NaN", "$", "NaN"),
        ("Infinity", "$", "Infinity"),
        ("1e99999999", "$", "1e99999999"),
        ("1e999999999999999999", "$", "1e999999999999999999"),
        ("1e-999999999", "$", "$0.00"),
        ("1_000", "$", "1_000"),
        (True, "$", "yes"),
    ],
)
def test_money(value: Any, currency: str, text: str) -> None:
    assert money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "on_day", "at_time"),
    [
        ("2026-11-24", "Tue 24 Nov 2026", "Tue 24 Nov 2026"),
        ("2026-11-24T17:00:00-07:00", "Tue 24 Nov 2026", "Tue 24 Nov 2026, 17:00 -07:00"),
        ("2026-11-24T17:00:00+05:30", "Tue 24 Nov 2026", "Tue 24 Nov 2026, 17:00 +05:30"),
        ("2026-11-24T17:00:00Z", "Tue 24 Nov 2026", "Tue 24 Nov 2026, 17:00 UTC"),
        ("2026-11-24T17:00:00.123456+00:00", "Tue 24 Nov 2026", "Tue 24 Nov 2026, 17:00 UTC"),
        ("2026-11-24T17:00", "Tue 24 Nov 2026", "Tue 24 Nov 2026, 17:00 UTC"),
        ("2026-11-24 and more", "2026-11-24 and more", "2026-11-24 and more"),
        ("next week", "next week", "next week"),
        ("20261124", "Tue 24 Nov 2026", "Tue 24 Nov 2026"),
        ("2027-02-29T17:00:00Z", "2027-02-29T17:00:00Z", "2027-02-29T17:00:00Z"),
    ],
)
def test_dates_and_times(value: str, on_day: str, at_time: str) -> None:
    assert (day(value, None), moment(value, None)) == (on_day, at_time)


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("short", 20, "short"),
        ("two\n\n  lines", 20, "two lines"),
        ("one two three", 7, "one two\u2026"),
        ("one two, three", 9, "one two\u2026"),
        ("one two three", 8, "one two\u2026"),
        ("onetwothree", 4, "onet\u2026"),
        ("see https://x.example/a/b now", 12, "see\u2026"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 x", 3, "\u2026"),
    ],
)
def test_an_excerpt_ends_at_a_word(text: str, length: int, short: str) -> None:
    assert excerpt(text, length) == short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1 alert"),
        ("1", "1 alert"),
        (1.0, "1 alert"),
        (0, "0 alerts"),
        (1.5, "1.5 alerts"),
        ([1], "1 alert"),
        ([], "0 alerts"),
    ],
)
def test_a_count_chooses_its_word(value: Any, text: str) -> None:
    assert plural(value, "alert", "alerts") == text


@pytest.mark.parametrize(
    ("value", "places", "number"),
    [
        (3.5, 0, "4"),
        ("12345678901234567890123.4", 6, "12345678901234567890123.400000"),
        ("434.605", 2, "434.61"),
        (2, 1, "2.0"),
        ("soon", 0, "soon"),
        ("1e999", 0, "1e999"),
    ],
)
def test_round(value: Any, places: int, number: str) -> None:
    assert str(rounded(value, places)) == number


def test_a_rounded_number_can_be_compared() -> None:
    assert rounded("434.6") == Decimal(435)


@pytest.mark.parametrize("places", [-1, 7, 10**9, "2"])
def test_round_takes_few_places(places: Any) -> None:
    with pytest.raises(TemplateFailed):
        rounded(1, places)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        (["a", 1, None, {"name": "Ana"}], "a, 1, Ana"),
        ({"email": "ana@example.com", "id": 3}, "ana@example.com"),
        ({"id": 3}, "3"),
    ],
)
def test_a_value_is_shown_for_a_reader(value: Any, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize("value", [{}, {"a": 1}, {"name": {"name": "x"}}, {"name": ["x"]}, None])
def test_an_object_without_a_name_is_a_placeholder(value: Any) -> None:
    assert show(value) == "(not given)"


def test_an_integer_that_python_does_not_write_is_shown_in_short() -> None:
    assert show(10**5000 + 1) == "1.000000E+5000"
    assert show(-(10**99)) == "-1" + "0" * 99


def test_join_takes_a_list_or_an_attribute_of_its_elements() -> None:
    people = [{"who": {"name": "Ana"}}, {"who": None}, {"who": {"name": "Bob"}}]
    assert join(["a", "b"], " + ") == "a + b"
    assert join(people, ", ", "who.name") == "Ana, Bob"
    assert join(people, ", ", "__class__") == ""
    assert join("text", ", ") == "text"


def test_truncate_keeps_a_text_that_is_barely_too_long() -> None:
    assert truncate("a b c d e", 5) == "a b c d e"
    assert truncate("one two three four", 10) == "one..."
    assert truncate("one two three four", 10, True) == "one two..."


def test_replace() -> None:
    assert replace("a_b_c", "_", " ") == "a b c"
    assert replace("abc", "", "x") == "abc"


@given(st.text(max_size=50), st.text(max_size=3), st.integers(0, 40_000))
def test_no_chain_of_filters_makes_a_long_text(text: str, old: str, length: int) -> None:
    long = text
    for _ in range(4):
        long = replace(long, old, "ab" * length)
        long = join([long] * 5, "-" * length)
        assert len(long) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-23T15:15:00Z", "in 15 min"),
        ("2026-11-23T15:14:31Z", "in 15 min"),
        ("2026-11-23T09:00:00-07:00", "in 1 h"),
        ("2026-11-23T16:30:00Z", "in 1 h 30 min"),
        ("2026-11-23T15:00:20Z", "now"),
        ("2026-11-23T14:48:00Z", "12 min ago"),
        ("2026-11-25T14:59:00Z", "in 47 h 59 min"),
        ("2026-11-26T15:00:00Z", "in 3 days"),
        ("2026-11-23", "today"),
        ("2026-11-24", "in 1 day"),
        ("2026-11-20", "3 days ago"),
        ("soon", "soon"),
    ],
)
def test_how_long_it_is_until_a_time(value: str, text: str) -> None:
    assert relative(value, None, datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) == text
