"""How long a text is for a provider: each counts in its own unit, and some count escapes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum

GSM = frozenset(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e"
    "\u00c6\u00e6\u00df\u00c9 !\"#\u00a4%&'()*+,-./0123456789:;<=>?\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "\u00c4\u00d6\u00d1\u00dc\u00a7\u00bfabcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0"
)
"""The alphabet of text messages (3GPP TS 23.038, 6.2.1)."""
GSM_EXTENSION = frozenset("^{}\\[~]|\u20ac")
"""These count twice in a text message, since an escape character precedes them."""
TAG = re.compile(r"<[^>]*>")
ITEM = "<li>"
MARK_OF_ITEM = len("- ") + len("\r\n")


class Unit(StrEnum):
    """What a provider counts, as far as its documentation says."""

    CHARACTERS = "characters"
    """Code points; also used where a documentation only says "characters"."""
    UTF16 = "utf16"
    """UTF-16 code units: an emoji counts as two."""
    ESCAPED = "escaped"
    """UTF-16 code units of the text with entities in place of `&`, `<` and `>`."""
    UTF8 = "utf8"
    """Bytes of UTF-8."""
    JSON = "json"
    """Bytes of an ASCII JSON string, as Apprise sends it: six bytes for each UTF-16 unit beyond ASCII."""
    JSON_UTF8 = "json_utf8"
    """Bytes of a JSON string that keeps non-ASCII characters as UTF-8."""
    HTML_TEXT = "html_text"
    """UTF-16 code units of the text that Telegram shows; it parses tags and entities before it counts."""
    NTFY = "ntfy"
    """Bytes of UTF-8, or 2/3 of the bytes of JSON if that is more: ntfy accepts 4,096 of the former, and about 6,000 of
    the latter besides title, button and tags."""


def utf16_length(text: str) -> int:
    """UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def gsm_length(text: str) -> int:
    """Septets of a text message in the GSM alphabet."""
    return len(text) + sum(character in GSM_EXTENSION for character in text)


def is_gsm(text: str) -> bool:
    """Whether *text* can be sent with 7 bits a character; a single character outside the alphabet makes it 16 bits for
    all."""
    return GSM.issuperset(set(text) - GSM_EXTENSION)


def _utf8_length(text: str) -> int:
    return len(text.encode())


def _json_length(text: str) -> int:
    return len(json.dumps(text)) - len('""')


def _html_text_length(text: str) -> int:
    # Apprise writes `\\r\\n` for each line break, and a mark for each item.
    added = text.count("\n") + text.count(ITEM) * MARK_OF_ITEM
    return utf16_length(html.unescape(TAG.sub("", text))) + added


MEASURES: Mapping[Unit, Callable[[str], int]] = {
    Unit.CHARACTERS: len,
    Unit.UTF16: utf16_length,
    Unit.ESCAPED: lambda text: utf16_length(html.escape(text, quote=False)),
    Unit.UTF8: _utf8_length,
    Unit.JSON: _json_length,
    Unit.JSON_UTF8: lambda text: len(json.dumps(text, ensure_ascii=False).encode()) - len('""'),
    Unit.HTML_TEXT: _html_text_length,
    Unit.NTFY: lambda text: max(_utf8_length(text), -(-_json_length(text) * 2 // 3)),
}


def measured_in(unit: Unit) -> Callable[[str], int]:
    """The function that measures in *unit*."""
    return MEASURES[unit]


def describe_sms(text: str) -> str:
    """How many parts a text message takes (3GPP TS 23.040)."""
    length, single, part = (gsm_length(text), 160, 153) if is_gsm(text) else (utf16_length(text), 70, 67)
    parts = 1 if length <= single else -(-length // part)
    alphabet = "GSM-7" if is_gsm(text) else "UCS-2"
    return f"({length} characters of {alphabet}: {parts} {'part' if parts == 1 else 'parts'})"
