"""Where a text may be cut: between two characters as a reader sees them, and not within a URL."""

from __future__ import annotations

import unicodedata

from gateway.messages.invisible import ZERO_WIDTH_JOINER
from gateway.messages.urls import url_around

MAX_SIGN_PARTS = 32
"""How many code points one visible character may consist of, such as a family emoji; no search goes back further."""
REGIONAL_INDICATORS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""The letters that form flags."""


def cut_place(text: str, place: int) -> int:
    """Where to end *text*: at *place*, or before it if a URL or a visible character would be divided; not after a
    space."""
    url_start = url_around(text, place)
    if url_start is not None:
        place = url_start  # the beginning of a URL would be a link to somewhere else
    earliest = max(0, place - MAX_SIGN_PARTS)
    while place > earliest and _is_in_sign(text, place):
        place -= 1
    return len(text[:place].rstrip())


def _is_in_sign(text: str, place: int) -> bool:
    """Whether the code points before and after *place* belong to one visible character, such as an emoji."""
    if place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if after.isascii() and before != ZERO_WIDTH_JOINER:
        return False
    if after in REGIONAL_INDICATORS:
        # Two of them form a flag, so a cut after an odd number of them would divide one.
        run = text[max(0, place - MAX_SIGN_PARTS) : place]
        return (len(run) - len(run.rstrip(REGIONAL_INDICATORS))) % 2 == 1
    return before == ZERO_WIDTH_JOINER or unicodedata.category(after) in ("Mn", "Me", "Mc", "Sk", "Cf")
