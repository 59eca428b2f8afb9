"""A value that the event does not have: false in a condition, empty in a loop, and a placeholder where it is shown."""

from __future__ import annotations

from jinja2 import ChainableUndefined, Undefined

PLACEHOLDER = "(not given)"
"""What a reader sees in place of a value that the event does not have."""


class Absent(ChainableUndefined):
    """Stands for a path of the event that leads to no value, or to null. What is below it is absent too."""

    __hash__ = Undefined.__hash__

    def __str__(self) -> str:
        is_named = self._undefined_name is not None  # otherwise `{{ "x" if y }}` without an `else`, which means nothing
        return PLACEHOLDER if is_named else ""
