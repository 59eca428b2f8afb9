"""Conditions (`when`), and the paths that they and all else read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Path = tuple[str, ...]

Data = Mapping[str, Any]


class Operator(StrEnum):
    """How a condition compares the value at a path with its operand."""

    IS = "is"
    """The operand is a tuple; the value equals one of it."""
    NOT = "not"
    """The operand is a tuple; the value equals none of it."""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    CONTAINS = "contains"
    """The operand is a tuple; the value, a text or a list, has one of it as its part."""
    MATCHES = "matches"
    """A glob over the whole text (`*`, `?`, `[abc]`), case-sensitive."""
    EXISTS = "exists"
    DURING = "during"
    """The operand is a Schedule; the value is a moment inside it."""
    AMONG = "among"
    """The operand is a tuple; the value equals one of it, but for case, blanks, hyphens and underscores."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a `when`: the value at *path* against *operand*."""

    path: Path
    operator: Operator
    operand: Any
    ignore_case: bool = False
    """Upper and lower case are the same; of operators that compare texts."""


@dataclass(frozen=True, slots=True)
class Condition:
    """All comparisons hold, one of *any_of* holds (when there are any), none of *none_of* holds."""

    comparisons: tuple[Comparison, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()


ALWAYS = Condition()


IndexKey = tuple[bool, str | int | float]
"""(whether the value is a boolean, the value): in Python `True` and 1 are one key, and in JSON they differ."""


@dataclass(frozen=True, slots=True)
class ConditionIndex:
    """Conditions, to be found by the values that they ask for; `conditions/index.py` makes it.

    The numbers are places in the list of the conditions.
    """

    unindexed: tuple[int, ...] = ()
    """Those that ask for no value: anything may meet them."""
    by_value: Mapping[Path, Mapping[IndexKey, tuple[int, ...]]] = field(default_factory=dict)
    """The others, by path and value of the rarest value that each asks for."""
