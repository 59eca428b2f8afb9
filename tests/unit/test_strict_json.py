"""Strict JSON: what is taken, and each way of being refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ApiError
from gateway.strict_json import MAX_DEPTH, MAX_DIGITS, MAX_KEYS, MAX_VALUES, decode

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    # a lone surrogate is no text
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=30,
)


def slug(body: bytes) -> str:
    with pytest.raises(ApiError) as caught:
        decode(body)
    return caught.value.slug


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@given(values)
def test_what_json_writes_is_read_back(value: object) -> None:
    for is_ascii in (True, False):
        assert decode(json.dumps(value, ensure_ascii=is_ascii).encode()) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not-json"),
        (b" ", "not-json"),
        (b"{", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b'{"a": 1} {}', "not-json"),
        (b'{"a": 1,}', "not-json"),
        (b'"a\nb"', "not-json"),
        (b"NaN", "not-json"),
        (b"[-Infinity]", "not-json"),
        (b'{"a": 1e999}', "not-json"),
        (b"9" * 5000, "too-complex"),
        (b"0." + b"9" * 5000, "too-complex"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "duplicate-key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate-key"),
        (b'"\\ud800"', "bad-unicode"),
        (b'{"\\uDFFF": 1}', "bad-unicode"),
        (b'"\\ud800\\u0041"', "bad-unicode"),
        (b'"\xff"', "bad-unicode"),
        (b'"\xed\xa0\x80"', "bad-unicode"),
        (b'"\xc0\xaf"', "bad-unicode"),
        (b"\xef\xbb\xbf{}", "bad-unicode"),
        ('{"a": 1}'.encode("utf-16"), "bad-unicode"),
        ('{"a": 1}'.encode("utf-16-le"), "bad-unicode"),
        ('{"a": 1}'.encode("utf-32-be"), "bad-unicode"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
        (b'[{"a":' * 20 + b"1" + b"}]" * 20, "too-deep"),
        (nested(MAX_DEPTH + 1), "too-deep"),
        (b'["' + b"\\" * 9 + b'"', "not-json"),
    ],
    ids=lambda value: str(value[:24]) if isinstance(value, bytes) else value,
)
def test_what_is_not_strict_json_is_refused(body: bytes, expected: str) -> None:
    assert slug(body) == expected


def test_the_deepest_nesting_allowed_is_read() -> None:
    assert decode(nested(MAX_DEPTH)) is not None


def test_brackets_inside_texts_are_no_levels() -> None:
    text = "[{" * 100 + '"' + "\\"
    assert decode(json.dumps([text]).encode()) == [text]


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert decode(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_a_long_number_within_the_limit_is_exact() -> None:
    assert decode(b"9" * MAX_DIGITS) == int("9" * MAX_DIGITS)


def test_an_event_holds_a_limited_number_of_values() -> None:
    within = {"a": [0] * (MAX_VALUES - 2)}
    assert decode(json.dumps(within).encode()) == within
    assert slug(json.dumps({"a": [0] * MAX_VALUES}).encode()) == "too-complex"


def test_an_object_has_a_limited_number_of_keys() -> None:
    within = {str(number): number for number in range(MAX_KEYS)}
    assert decode(json.dumps(within).encode()) == within
    assert slug(json.dumps({**within, "one more": 0}).encode()) == "too-complex"


def test_the_values_of_an_array_count_for_each_item() -> None:
    item = {"a": [0] * (MAX_VALUES // 2)}
    assert len(decode(json.dumps([item] * 3).encode())) == 3
    with pytest.raises(ApiError) as caught:
        decode(json.dumps([item, {"a": [0] * MAX_VALUES}]).encode())
    assert caught.value.errors[0]["pointer"] == "/1"


def test_commas_inside_texts_are_no_values() -> None:
    assert decode(json.dumps({"a": "," * 100_000}).encode()) == {"a": "," * 100_000}


def test_a_refusal_never_repeats_a_value() -> None:
    for body in (b'{"a": "canary" x}', b'{"canary": 1, "canary": 2}', b"[canary]"):
        with pytest.raises(ApiError) as caught:
            decode(body)
        if caught.value.slug != "duplicate-key":  # whose key is shown: without it the error cannot be found
            assert "canary" not in str(caught.value)
