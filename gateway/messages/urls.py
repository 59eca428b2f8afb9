"""URLs in the text of a message: services turn them into links, so they must not be changed."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

BARE_URL = re.compile(
    r"""(?<![A-Za-z0-9])                     # not in the middle of a word
    (?: [a-z][a-z0-9+.-]{1,15}:// | mailto:(?=[^\s@]+@) | www\.(?=[a-z0-9]) )
    [^\s<>"\\^`{}\x00-\x1f]+""",
    re.VERBOSE | re.IGNORECASE,
)
"""Everything up to a space or a character that RFC 3986 does not allow in a URL."""
TRAILING_PUNCTUATION = ".,;:!?'*_~|"
"""Belongs to the sentence or the markup around a URL (GitHub Flavored Markdown, "Autolinks (extension)")."""
CLOSING = {")": "(", "]": "["}


def split_urls(text: str) -> list[str]:
    """*text* in pieces: plain text at even indexes, URLs at odd ones."""
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
    """Where the URL starts that contains *place*; None if there is no such URL."""
    places = _url_places(text)
    number = bisect_left(places, (place, 0)) - 1  # the last one that starts before *place*
    return places[number][0] if number >= 0 and places[number][1] > place else None


@lru_cache(maxsize=8)  # whoever looks for the place to cut a text at asks about one text many times
def _url_places(text: str) -> list[tuple[int, int]]:
    """(start, end) of each URL in *text*."""
    ends = list(accumulate(map(len, split_urls(text))))
    return list(zip(ends[:-1:2], ends[1::2], strict=True))


def _without_punctuation(url: str) -> str:
    """*url* without what the sentence around it has added: a full stop, or a bracket that was opened before the URL."""
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
