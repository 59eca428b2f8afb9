"""Something made once from each configuration and kept as long as it is the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.model import Config

T = TypeVar("T")


class PerConfig(Generic[T]):
    """What *build* makes of a configuration. Safe in threads: at worst two build the same."""

    def __init__(self, build: Callable[[Config], T]) -> None:
        self._build = build
        self._last: tuple[Config, T] | None = None

    def of(self, config: Config) -> T:
        last = self._last
        if last is not None and last[0] is config:
            return last[1]
        made = self._build(config)
        self._last = (config, made)
        return made
