"""Sets a context variable for the length of a `with` block."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Generic, TypeVar

T = TypeVar("T")


class Binding(Generic[T]):
    """Within its block, *variable* has *value*.

    A class rather than a `contextlib.contextmanager`, since every message enters several of these blocks, and a
    generator costs three times as much.
    """

    __slots__ = ("_token", "_value", "_variable")

    def __init__(self, variable: ContextVar[T], value: T) -> None:
        self._variable, self._value = variable, value
        self._token: Token[T] | None = None

    def __enter__(self) -> T:
        self._token = self._variable.set(self._value)
        return self._value

    def __exit__(self, *_exception: object) -> None:
        if self._token is not None:
            self._variable.reset(self._token)
