"""Conditions (`when`), and the paths that they and other parts read."""

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
    """The operand is a tuple; the value equals one of its elements."""
    NOT = "not"
    """The operand is a tuple; the value equals none of its elements."""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    CONTAINS = "contains"
    """The operand is a tuple; the value, a text or a list, contains one of its elements."""
    MATCHES = "matches"
    """A glob over the whole text (`*`, `?`, `[abc]`), case-sensitive."""
    EXISTS = "exists"
    DURING = "during"
    """The operand is a Schedule; the value is a moment inside it."""
    AMONG = "among"
    """The operand is a tuple; the value equals one of its elements, ignoring case, spaces, hyphens and underscores."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a `when`: the value at *path* is compared with *operand*."""

    path: Path
    operator: Operator
    operand: Any
    ignore_case: bool = False
    """Whether upper and lower case are the same, for operators that compare texts."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds if all comparisons hold, one of *any_of* holds (if there are any), and none of *none_of* holds."""

    comparisons: tuple[Comparison, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()


ALWAYS = Condition()


IndexKey = tuple[bool, str | int | float]
"""Whether the value is a boolean, and the value: `True` and 1 are equal in Python, but differ in JSON."""


@dataclass(frozen=True, slots=True)
class ConditionIndex:
    """Conditions, indexed by the values that they require; made by `conditions/index.py`.

    The numbers are positions in the list of conditions.
    """

    unindexed: tuple[int, ...] = ()
    """Those that require no particular value, so that any event may meet them."""
    by_value: Mapping[Path, Mapping[IndexKey, tuple[int, ...]]] = field(default_factory=dict)
    """The others, by path and value of the rarest value that each requires."""
