""" "Did you mean": finds the known name that is most similar to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.quoting import quote

CUTOFF = 0.65
"""How similar a name must be, from 0 to 1, to be suggested."""

MAX_SLIPS = 2
SHORT_NAME, LONG_NAME = 4, 8


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """At most *most* of *names* that *name* may be a misspelling of, the most similar first; case is ignored."""
    by_folded: dict[str, str] = {}
    for candidate in names:
        by_folded.setdefault(candidate.casefold(), candidate)
    return [by_folded[match] for match in get_close_matches(name.casefold(), by_folded, n=most, cutoff=CUTOFF)]


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """`did you mean 'noc-slack'?`, or None if nothing is similar."""
    return next((f"did you mean {quote(match)}?" for match in nearest(name, names, most=1)), None)


def is_slip(name: str, candidate: str) -> bool:
    """Whether *name* is *candidate* with one typing error, or with two in names of eight letters and more.

    An error is a missing, additional or wrong letter, or two exchanged letters. A longer name that begins with
    *candidate* is a different name, and short names are too similar to each other to tell.
    """
    if len(candidate) < SHORT_NAME or name.startswith(candidate) or abs(len(name) - len(candidate)) > MAX_SLIPS:
        return False
    # The Damerau-Levenshtein distance, row by row of its table; a pair of letters is exchanged at most once.
    before: list[int] = []
    above = list(range(len(candidate) + 1))
    for row, letter in enumerate(name, 1):
        line = [row]
        for column, expected in enumerate(candidate, 1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != expected))
            if row > 1 < column and letter == candidate[column - 2] and name[row - 2] == expected:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, above = above, line
    return above[-1] <= (MAX_SLIPS if len(candidate) >= LONG_NAME else 1)
