"""Caches results of pure functions that several deliveries share, such as the message of an event."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

MAX_RESULTS = 1024
"""How many results of one function are kept. Lanes work at their own pace, so one may be this many events ahead."""
MAX_CHARACTERS = 4096
"""The largest argument whose result is kept, so that the results of one function take a few MB at most."""

Function = TypeVar("Function", bound=Callable[..., Any])


def memoize_small(size: Callable[[Any], int]) -> Callable[[Function], Function]:
    """Caches the newest results of a function for small arguments; *size* measures the first argument.

    All arguments must be hashable, and callers must not change a result. Errors are not cached.
    """

    def decorate(function: Function) -> Function:
        memoized = lru_cache(maxsize=MAX_RESULTS)(function)

        @wraps(function)
        def call(first: Any, *rest: Any) -> Any:
            return memoized(first, *rest) if size(first) <= MAX_CHARACTERS else function(first, *rest)

        return cast(Function, call)

    return decorate
