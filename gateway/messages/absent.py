"""A value that the event does not have: false in a condition, empty in a loop, and a placeholder where it is shown."""

from __future__ import annotations

from jinja2 import ChainableUndefined, Undefined

from gateway.messages import words


class Absent(ChainableUndefined):
    """Stands for a path of the event that leads to no value, or to null. What is below it is absent too."""

    __hash__ = Undefined.__hash__

    @property
    def is_unnamed(self) -> bool:
        """Whether it comes from `{{ "x" if y }}` without an `else`, which means an empty text."""
        return self._undefined_name is None

    def __str__(self) -> str:
        return "" if self.is_unnamed else words.current().not_given
