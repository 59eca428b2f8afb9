"""Something derived from each configuration and kept as long as that is the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from gateway.model import Config

T = TypeVar("T")

_instances: list[PerConfig[Any]] = []


class PerConfig(Generic[T]):
    """What *build* makes of a configuration. Safe in threads: at worst two build the same."""

    def __init__(self, build: Callable[[Config], T], basis: Callable[[Config], object] = lambda config: config) -> None:
        """*basis* gives the part of a configuration that decides; while it is the same, the result is kept."""
        self._build = build
        self._basis = basis
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
        """Builds for *config*, which is not in use yet, so that its first use need not wait for it."""
        basis, current = self._basis(config), self._current
        if current is None or current[0] is not basis:
            self._prepared = (basis, self._build(config))

    def forget_all_but(self, config: Config) -> None:
        """Lets go of what was made of a configuration before *config*, which is in use now."""
        if self._current is not None and self._current[0] is not self._basis(config):
            self._current = None


def forget_all_but(config: Config) -> None:
    """Has nothing derived keep a configuration alive that *config* has replaced."""
    for instance in _instances:
        instance.forget_all_but(config)
