"""The filters of templates: what a reader sees of amounts, dates, lists and the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import TemplateFailed
from gateway.messages.absent import Absent
from gateway.messages.filters.amounts import absolute, money, number, plural, rounded
from gateway.messages.filters.dates import Reader, day, moment, month, relative, time_of_day
from gateway.messages.filters.texts import excerpt, replace, truncate
from gateway.messages.values import MAX_CHARACTERS, join, show

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
READER = Reader(NOW)
DENVER = Reader(NOW, ZoneInfo("America/Denver"))
BERLIN = Reader(NOW, ZoneInfo("Europe/Berlin"), "de_DE")


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1234.5", "$", "$1,234.50"),
        (1234, "USD", "$1,234.00"),
        (0.005, "$", "$0.01"),
        ("-5", "EUR", "-\u20ac5.00"),
        ("-0.001", "$", "$0.00"),
        ("1234567.891", "CHF", "CHF 1,234,567.89"),
        (5, "chf", "CHF 5.00"),
        ("1234.00", "JPY", "\u00a51,234"),
        ("1234.5", "KWD", "KWD 1,234.500"),
        ("1234.5", "", "1,234.50"),
        ("1234.5", Absent(name="currency"), "1,234.50"),
        ("3", "points", "3.00 points"),
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
def test_money_is_written_as_the_locale_writes_it(value: Any, currency: Any, text: str) -> None:
    assert money(value, READER, currency) == text


def test_a_time_that_clocks_leave_out_is_the_one_that_they_show() -> None:
    assert moment("2026-03-08T02:30:00", DENVER) == "Sun Mar 8, 3:30 AM MDT"
    assert moment("2026-11-01T01:30:00", DENVER) == "Sun Nov 1, 1:30 AM MDT"
    for edge in ("0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00"):
        assert moment(edge, DENVER).endswith((" MST", " LMT", " UTC"))


def test_money_by_the_rules_of_other_languages() -> None:
    assert money("-1234.5", BERLIN, "EUR") == "-1.234,50 \u20ac"
    swiss = money("1234.5", Reader(NOW, locale="de_CH"), "CHF")
    assert swiss.replace("\u2019", "'") == "CHF 1'234.50"  # the apostrophe differs between the releases of CLDR
    assert money("1234.5", Reader(NOW, locale="fr_FR"), "EUR") == "1 234,50 \u20ac"
    assert money("1234.5", BERLIN) == "1.234,50"


def test_the_amount_of_a_refund_has_no_sign() -> None:
    assert money(absolute("-1234.50"), READER, "USD") == "$1,234.50"
    assert absolute("soon") == "soon"


@pytest.mark.parametrize(
    ("value", "text"), [(9.0, "9"), ("9.50", "9.50"), (1234567, "1,234,567"), (0.25, "0.25"), ("some", "some")]
)
def test_a_number_is_written_as_the_locale_writes_it(value: Any, text: str) -> None:
    assert number(value, READER) == text


@pytest.mark.parametrize(
    ("value", "on_day", "at_time"),
    [
        ("2026-11-24", "Tue Nov 24", "Tue Nov 24"),
        ("2027-01-04", "Mon Jan 4, 2027", "Mon Jan 4, 2027"),
        ("2026-11-24T17:00:00-07:00", "Tue Nov 24", "Tue Nov 24, 5:00 PM UTC-7"),
        ("2026-11-24T17:00:00+05:30", "Tue Nov 24", "Tue Nov 24, 5:00 PM UTC+5:30"),
        ("2026-11-24T17:00:00Z", "Tue Nov 24", "Tue Nov 24, 5:00 PM UTC"),
        ("2026-11-24T17:00:00.123456+00:00", "Tue Nov 24", "Tue Nov 24, 5:00 PM UTC"),
        ("2026-11-24T17:00", "Tue Nov 24", "Tue Nov 24, 5:00 PM UTC"),
        ("2026-11-24 and more", "2026-11-24 and more", "2026-11-24 and more"),
        ("next week", "next week", "next week"),
        ("20261124", "Tue Nov 24", "Tue Nov 24"),
        ("2027-02-29T17:00:00Z", "2027-02-29T17:00:00Z", "2027-02-29T17:00:00Z"),
    ],
)
def test_dates_and_times(value: str, on_day: str, at_time: str) -> None:
    assert (day(value, READER), moment(value, READER)) == (on_day, at_time)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (DENVER, "Tue Nov 24, 5:00 PM MST"),
        (BERLIN, "Mi., 25. Nov., 01:00 MEZ"),
        (Reader(NOW, ZoneInfo("Europe/London"), "en_GB"), "Wed 25 Nov, 00:00 GMT"),
        (Reader(NOW, ZoneInfo("America/Denver"), "de_DE"), "Di., 24. Nov., 17:00 MST"),
        (Reader(NOW, ZoneInfo("America/Sao_Paulo")), "Tue Nov 24, 9:00 PM UTC-3"),
        (Reader(NOW, ZoneInfo("Asia/Kolkata")), "Wed Nov 25, 5:30 AM IST"),
    ],
)
def test_a_time_is_written_as_its_reader_is_used_to(reader: Reader, text: str) -> None:
    assert moment("2026-11-25T00:00:00Z", reader) == text


def test_an_instant_has_the_day_of_the_reader_and_a_date_its_own() -> None:
    """2026-11-21 at two in the morning in Greenwich is Friday evening in Denver."""
    assert day("2026-11-21T02:00:00Z", DENVER) == "Fri Nov 20"
    assert day("2026-11-21", DENVER) == "Sat Nov 21"
    assert time_of_day("2026-11-21T02:00:00Z", DENVER) == "7:00 PM"
    assert month("2029-04-30", DENVER) == "Apr 2029"


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
        (9.0, "9 alerts"),
        (1234, "1,234 alerts"),
        ("many", "many alerts"),
        ([1], "1 alert"),
        ([], "0 alerts"),
    ],
)
def test_a_count_chooses_its_word(value: Any, text: str) -> None:
    assert plural(value, READER, "alert", "alerts") == text


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
        (9.0, "9"),
        (2.5, "2.5"),
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


def test_replace_replaces_every_occurrence() -> None:
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
        ("2026-11-23T09:00:00-07:00", "in 1 hr"),
        ("2026-11-23T16:30:00Z", "in 1 hr 30 min"),
        ("2026-11-23T08:01:00Z", "7 hr ago"),
        ("2026-11-23T15:00:20Z", "now"),
        ("2026-11-23T14:48:00Z", "12 min ago"),
        ("2026-11-25T14:59:00Z", "in 2 days"),
        ("2026-11-26T15:00:00Z", "in 3 days"),
        ("2026-11-23", "today"),
        ("2026-11-24", "tomorrow"),
        ("2026-11-20", "3 days ago"),
        ("soon", "soon"),
    ],
)
def test_how_long_it_is_until_a_time(value: str, text: str) -> None:
    assert relative(value, READER) == text


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("de", ("jetzt", "in 15 Min.", "vor 1 Std. 30 Min.", "morgen", "in 3 Tagen")),
        (
            "ja",
            ("0 \u5206\u5f8c", "15 \u5206\u5f8c", "1 \u6642\u9593 30 \u5206\u524d", "1 \u65e5\u5f8c", "3 \u65e5\u5f8c"),
        ),
    ],
)
def test_how_long_it_is_in_other_languages(locale: str, texts: tuple[str, ...]) -> None:
    values = ("2026-11-23T15:00Z", "2026-11-23T15:15Z", "2026-11-23T13:30Z", "2026-11-24", "2026-11-26")
    assert tuple(relative(value, Reader(NOW, locale=locale)) for value in values) == texts
