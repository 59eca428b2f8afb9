"""Strict JSON: what RFC 8259 allows and no more, within limits, and without values that are ambiguous.

Checks that need a pass over the whole text run only if a count of bytes shows that they could fail.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from gateway.errors import ApiError

MAX_DEPTH = 32
MAX_VALUES = 20_000
"""In one event, counting scalars, arrays and objects."""
MAX_VALUES_IN_ARRAY = 200_000
"""In all events of one request; a million would take 100 MB and a second."""
MAX_KEYS = 1_000
MAX_DIGITS = 64
"""The longest number, in characters."""

# `*+` and `++` never give back what they have matched, so that no text makes a pattern try every way to split it.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A JSON string. An unterminated one extends to the end, so that the whole search is linear."""
BETWEEN_BRACKETS = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)++', re.DOTALL)
"""Everything except the brackets outside of strings, in few matches, so that little has to be joined."""
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
SHOWABLE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
BRACKETS = bytes.maketrans(b"{}", b"[]")


class DuplicateKey(ValueError):
    """An object that has *key* more than once."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class _TooLong(ValueError):
    """A number with too many digits."""


class _NotFinite(ValueError):
    """A number that no double can represent, or `NaN` or `Infinity`."""


def unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with the keys and values of *pairs*, as a reader of JSON comes by them. Raises: DuplicateKey."""
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        raise DuplicateKey(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return document


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _TooLong
    return int(text)


def _float(text: str) -> float:
    """The number. Python's reader also calls this for the constants `NaN` and `Infinity`, which are refused."""
    if len(text) > MAX_DIGITS:
        raise _TooLong
    value = float(text)
    if not math.isfinite(value):
        raise _NotFinite
    return value


_decode = json.JSONDecoder(
    object_pairs_hook=unique_object, parse_int=_integer, parse_float=_float, parse_constant=_float
).decode


def decode(body: bytes | bytearray) -> Any:
    """The value of *body*.

    The limit of values applies to each item of an array, and to anything else as a whole.

    Raises: ApiError with status 400.
    """
    containers = body.count(b"{") + body.count(b"[")
    if containers > MAX_DEPTH:
        _check_depth(body)
    at_most = 1 + containers + body.count(b",")  # values: too many if commas and brackets are also in texts
    # Before anything is built from it. Commas in texts are counted only if they could make the difference.
    if at_most > MAX_VALUES_IN_ARRAY and _has_more_commas(body, MAX_VALUES_IN_ARRAY):
        raise ApiError("too-complex", f"the body holds more than {MAX_VALUES_IN_ARRAY:,} values")
    value = _read(body)
    if b"\\u" in body and SURROGATE.search(body):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ApiError("bad-unicode", "a text holds half of a surrogate pair") from None
    # MAX_KEYS is the lowest limit of an item: a body with fewer values cannot exceed any.
    if at_most > MAX_KEYS and isinstance(value, list):
        for number, item in enumerate(value):
            _check_item(item, f"/{number}")
    elif at_most > MAX_KEYS:
        _check_item(value, "")
    return value


def _read(body: bytes | bytearray) -> Any:
    """The value that *body* says, whose size has been checked. Raises: ApiError."""
    if not body:
        raise ApiError("not-json", "the body is empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise ApiError("bad-unicode", f"byte {exc.start} is not UTF-8") from None
    if text[0] == "\ufeff":  # RFC 8259, 8.1
        raise ApiError("bad-unicode", "the body begins with a byte order mark")
    if "\0" in text[:4]:  # JSON begins with two characters of ASCII (RFC 4627, 3)
        raise ApiError("bad-unicode", "the body is UTF-16 or UTF-32, not UTF-8")
    try:
        return _decode(text)
    except json.JSONDecodeError as exc:
        raise ApiError("not-json", f"{exc.msg} at line {exc.lineno}, column {exc.colno}") from None
    except DuplicateKey as exc:
        detail = f"the key {exc.key!r} is given twice" if SHOWABLE_KEY.fullmatch(exc.key) else ""
        raise ApiError("duplicate-key", detail) from None
    except _TooLong:
        raise ApiError("too-complex", f"a number has more than {MAX_DIGITS} characters") from None
    except _NotFinite:
        raise ApiError("not-json", "a number is not finite, or too large for a double") from None
    except RecursionError:
        raise ApiError("too-deep") from None


def _has_more_commas(body: bytes | bytearray, limit: int) -> bool:
    """Whether *body* has more than *limit* commas outside of strings. It stops as soon as it knows, and takes no
    memory."""
    commas, end = 0, 0
    for string in STRING.finditer(body):
        commas += body.count(b",", end, string.start())
        if commas > limit:
            return True
        end = string.end()
    return commas + body.count(b",", end) > limit


def _check_depth(body: bytes | bytearray) -> None:
    """Refuses a body that is nested too deeply before the reader, which recurses, gets it."""
    brackets = BETWEEN_BRACKETS.sub(b"", body).translate(BRACKETS)
    # Each pass removes the innermost level everywhere, up to one level more than allowed.
    turns = 0
    while turns <= MAX_DEPTH:
        without_pairs = brackets.replace(b"[]", b"")
        if len(without_pairs) == len(brackets):
            break
        brackets = without_pairs
        turns += 1
    if turns + brackets.count(b"[") > MAX_DEPTH:  # brackets that nothing closes count one level each
        raise ApiError("too-deep", f"more than {MAX_DEPTH} levels")


def _check_item(item: Any, pointer: str) -> None:
    """Counts the values in *item*; *pointer* is its place."""
    values = 1
    waiting: list[Any] = [item]
    while waiting:
        current = waiting.pop()
        inside: Iterable[Any]
        if isinstance(current, dict):
            if len(current) > MAX_KEYS:
                raise _too_complex(f"an object has more than {MAX_KEYS:,} keys", pointer)
            inside = current.values()
        elif isinstance(current, list):
            inside = current
        else:
            continue
        values += len(current)
        if values > MAX_VALUES:
            raise _too_complex(f"it holds more than {MAX_VALUES:,} values", pointer)
        waiting += inside


def _too_complex(detail: str, pointer: str) -> Exception:
    errors = [{"pointer": pointer, "code": "too-complex", "detail": detail}] if pointer else []
    return ApiError("too-complex", detail, errors=errors)
