"""Did you mean: the nearest of the names that would be right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """At most *most* of *names* that *name* may be a slip of, the nearest first."""
    return get_close_matches(name, list(names), n=most, cutoff=0.6)


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """`did you mean 'noc-slack'?`, or None when nothing is near."""
    found = nearest(name, names, most=1)
    return f"did you mean {str(found[0])!r}?" if found else None
