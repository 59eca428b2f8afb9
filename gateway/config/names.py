"""Names, and globs over names, by which a configuration refers to its parts."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

AUDIENCE = "audience"
"""In a route's `to`: the people that the event names."""
GROUP = "group:"
"""In a route's `to`, before the name of a group."""
GLOB_CHARACTERS = frozenset("*?[")


def is_glob(pattern: str) -> bool:
    return not GLOB_CHARACTERS.isdisjoint(pattern)


class Names:
    """Names that a configuration may refer to by glob."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self.expand = lru_cache(maxsize=None)(self._expand)

    def _expand(self, pattern: str) -> frozenset[str]:
        """The names that *pattern* means: one name, or all that a glob matches."""
        if not is_glob(pattern):
            return frozenset({pattern} & self._names.keys())
        return frozenset(name for name in self._names if fnmatchcase(name, pattern))
