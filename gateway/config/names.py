"""Names, and globs over names, with which a configuration refers to its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from gateway.suggestions import did_you_mean, nearest

AUDIENCE = "audience"
"""In a route's `to`: the people whom the event names."""
GROUP = "group:"
"""The prefix of a group's name in a route's `to`."""
ROTATION: Final = "rotation"
"""Key of an entry of `to`: whoever is on call when an event comes."""
LOOKUP: Final = "lookup"
"""Key of an entry of `to`: the target that a lookup has for a value of the event."""
ELSE: Final = "else"
"""Key of both kinds of entry: the targets that get the message if nobody is on call, or the lookup has no entry."""
GLOB_CHARACTERS = frozenset("*?[")


def is_glob(pattern: str) -> bool:
    return not GLOB_CHARACTERS.isdisjoint(pattern)


def entries_of(to: Sequence[Any], place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Place and value of each entry in the list *to*, which is at *place* in its route, and in each `else` of it."""
    for number, entry in enumerate(to):
        yield (*place, number), entry
        if isinstance(entry, Mapping):
            yield from entries_of(entry.get(ELSE, ()), (*place, number, ELSE))


def names_in(to: Sequence[Any]) -> dict[str, tuple[str | int, ...]]:
    """The texts in a route's `to`, each with its first place: channels, people, `group:<name>` and `audience`."""
    names: dict[str, tuple[str | int, ...]] = {}
    for place, entry in entries_of(to, ("to",)):
        if isinstance(entry, str):
            names.setdefault(entry, place)
    return names


class Names:
    """Names that a configuration may refer to by glob."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._matches: dict[str, frozenset[str]] = {}
        """For each glob, the names that it matches. Many routes share a glob, and trying it on every name is slow."""

    def expand(self, *patterns: str) -> frozenset[str]:
        """The names that *patterns* stand for: a name itself, or everything that a glob matches."""
        names: set[str] = set()
        for pattern in patterns:
            if not is_glob(pattern):
                names |= {pattern} & self._names.keys()
                continue
            if pattern not in self._matches:
                self._matches[pattern] = frozenset(name for name in self._names if fnmatchcase(name, pattern))
            names |= self._matches[pattern]
        return frozenset(names)

    def suggest(self, pattern: str) -> str | None:
        """A hint for *pattern*, which matches nothing; None if nothing is similar.

        `ticket` -> "write 'ticket.*' for all of it"; `tikcet.*` -> "did you mean 'ticket.*'?"
        """
        if not is_glob(pattern) and self.expand(f"{pattern}.*"):
            return f"write '{pattern}.*' for all of it"
        first_word, dot, rest = pattern.partition(".")
        for known_word in nearest(first_word, {name.partition(".")[0] for name in self._names}, most=1):
            if is_glob(pattern) and self.expand(f"{known_word}{dot}{rest}"):
                return f"did you mean '{known_word}{dot}{rest}'?"
        return did_you_mean(pattern, self._names)
