"""A value that the event does not have: false in a condition, empty in a loop, shown as a placeholder."""

from __future__ import annotations

from jinja2 import ChainableUndefined, Undefined

from gateway.messages import words


class Absent(ChainableUndefined):
    """Stands for a path that leads to no value or to null. Every path below it is absent too."""

    __hash__ = Undefined.__hash__

    @property
    def is_unnamed(self) -> bool:
        """Whether it comes from `{{ "x" if y }}` without an `else`, which means empty text."""
        return self._undefined_name is None

    def __str__(self) -> str:
        return "" if self.is_unnamed else words.current().not_given
