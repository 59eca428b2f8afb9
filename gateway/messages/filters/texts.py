"""Filters for texts. A result has MAX_CHARACTERS or little more, whatever the arguments are."""

from __future__ import annotations

import re
from typing import Any

from gateway.errors import TemplateFailed
from gateway.messages.boundaries import cut_place
from gateway.messages.escaping import ELLIPSIS
from gateway.messages.values import MAX_CHARACTERS, show

WORD = re.compile(r"[^-\s({\[<]+")


def replace(text: str, old: Any, new: Any) -> str:
    """The text with every *old* replaced by *new*."""
    pattern, replacement = show(old), show(new)
    if not pattern:
        return text
    growth = len(replacement) - len(pattern)
    count = (MAX_CHARACTERS - len(text)) // growth if growth > 0 else -1
    return text.replace(pattern, replacement, count)


def capitalize_words(text: str) -> str:
    """Each word with an upper-case first letter and lower-case letters after it."""
    return WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def truncate(text: str, length: Any = 255, killwords: Any = False, end: Any = "...", leeway: Any = 5) -> str:
    """The first *length* characters followed by *end*, cut at a word unless *killwords*; a text that is barely too long
    stays."""
    limit, mark = _count(length, "truncate"), show(end)
    if len(text) <= limit + _count(leeway, "truncate"):
        return text
    shortened = text[: max(0, limit - len(mark))]
    place = len(shortened if killwords else shortened.rsplit(" ", 1)[0])
    return text[: cut_place(text, place)] + mark


def excerpt(text: str, length: Any = 200) -> str:
    """The first *length* characters as one paragraph, cut at a word, with an ellipsis if it was cut."""
    limit = _count(length, "excerpt")
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    place = len(text[: limit + 1].rsplit(" ", 1)[0])
    return text[: cut_place(text, min(place, limit))].rstrip(" ,.;:-") + ELLIPSIS


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TemplateFailed(f"{name} takes a whole number of characters, 0 or more")
    return min(value, MAX_CHARACTERS)
