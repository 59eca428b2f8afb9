"""URLs that stand in the text of a message: services link them by themselves, so they must stay as they are."""

from __future__ import annotations

import re

BARE_URL = re.compile(
    r"""(?<![A-Za-z0-9])                     # not in the middle of a word
    (?: [a-z][a-z0-9+.-]{1,15}:// | mailto:(?=[^\s@]+@) | www\.(?=[a-z0-9]) )
    [^\s<>"\\^`{}\x00-\x1f]+""",
    re.VERBOSE | re.IGNORECASE,
)
"""Everything up to a blank or a character that RFC 3986 does not allow in a URL."""
TRAILING_PUNCTUATION = ".,;:!?'*_~|"
"""Ends a sentence or a run of markup rather than a URL (GitHub Flavored Markdown, "Autolinks (extension)")."""
CLOSING = {")": "(", "]": "["}


def split_urls(text: str) -> list[str]:
    """*text* in pieces: plain text at even places and URLs at odd ones."""
    if ":" not in text and "www." not in text.lower():  # most texts have no URL, and this is much faster than a search
        return [text]
    pieces: list[str] = []
    end = 0
    for match in BARE_URL.finditer(text):
        url = _without_punctuation(match[0])
        pieces += (text[end : match.start()], url)
        end = match.start() + len(url)
    return [*pieces, text[end:]]


def url_around(text: str, place: int) -> int | None:
    """Where the URL starts of which *place* is in the middle; None when there is no such URL."""
    start = 0
    for number, piece in enumerate(split_urls(text)):
        if start >= place:
            return None
        if number % 2 and start + len(piece) > place:
            return start
        start += len(piece)
    return None


def _without_punctuation(url: str) -> str:
    """*url* without what a sentence around it has added: a full stop, or the bracket that closes one before the URL."""
    counts = {bracket: url.count(bracket) for bracket in "()[]"}
    end = len(url)
    while end:
        last = url[end - 1]
        if last in CLOSING and counts[last] > counts[CLOSING[last]]:
            counts[last] -= 1
        elif last not in TRAILING_PUNCTUATION:
            break
        end -= 1
    return url[:end]
