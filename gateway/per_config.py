"""Something derived from each configuration and kept as long as that is the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.model import Config

T = TypeVar("T")


class PerConfig(Generic[T]):
    """What *build* makes of a configuration. Safe in threads: at worst two build the same."""

    def __init__(self, build: Callable[[Config], T]) -> None:
        self._build = build
        self._current: tuple[Config, T] | None = None
        self._prepared: tuple[Config, T] | None = None

    def of(self, config: Config) -> T:
        current = self._current
        if current is not None and current[0] is config:
            return current[1]
        prepared = self._prepared
        if prepared is None or prepared[0] is not config:
            prepared = (config, self._build(config))
        self._current, self._prepared = prepared, None
        return prepared[1]

    def prepare(self, config: Config) -> None:
        """Builds for *config*, which is not in use yet, so that its first use need not wait for it."""
        self._prepared = (config, self._build(config))
