"""Caches a value that is derived from the configuration, as long as that configuration is current."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from gateway.model import Config

T = TypeVar("T")

_instances: list[PerConfig[Any]] = []
"""All of them: each belongs to a module, and lives as long as the process."""


class PerConfig(Generic[T]):
    """The result of *build* for a configuration. Thread-safe: at worst two threads build the same."""

    def __init__(self, build: Callable[[Config], T], basis: Callable[[Config], object] = lambda config: config) -> None:
        """*basis* returns the part of a configuration that the result depends on; while it stays the same, the result
        is kept."""
        self._build = build
        self._basis = basis
        # Basis and result are one tuple, so that a thread without a lock never sees a result beside another basis.
        self._current: tuple[object, T] | None = None
        self._prepared: tuple[object, T] | None = None
        _instances.append(self)

    def of(self, config: Config) -> T:
        basis, current = self._basis(config), self._current
        if current is not None and current[0] is basis:
            return current[1]
        prepared = self._prepared
        if prepared is None or prepared[0] is not basis:
            prepared = (basis, self._build(config))
        self._current, self._prepared = prepared, None
        return prepared[1]

    def prepare(self, config: Config) -> None:
        """Builds for *config*, which is not yet in use, so that its first use does not have to wait."""
        basis, current = self._basis(config), self._current
        if current is None or current[0] is not basis:
            self._prepared = (basis, self._build(config))

    def forget_all_but(self, config: Config) -> None:
        """Drops what was derived from configurations before *config*, the current one."""
        if self._current is not None and self._current[0] is not self._basis(config):
            self._current = None


def forget_all_but(config: Config) -> None:
    """Makes sure that nothing derived keeps a configuration alive that *config* has replaced."""
    for instance in _instances:
        instance.forget_all_but(config)
