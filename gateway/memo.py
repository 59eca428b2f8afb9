"""Results of pure functions that several deliveries share, such as the message of an event."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

MAX_RESULTS = 1024
"""Results that are kept of one function. Lanes work at their own pace, so one may be this many events ahead."""
MAX_CHARACTERS = 4096
"""Size of the largest argument whose result is kept, so that the results of one function take a few MB at most."""

Function = TypeVar("Function", bound=Callable[..., Any])


def memoize_small(size: Callable[[Any], int]) -> Callable[[Function], Function]:
    """Keeps the newest results of a function for arguments that are small; *size* measures the first argument.

    All arguments are hashable, and no caller changes a result. An error is not kept.
    """

    def decorate(function: Function) -> Function:
        memoized = lru_cache(maxsize=MAX_RESULTS)(function)

        @wraps(function)
        def call(first: Any, *rest: Any) -> Any:
            return memoized(first, *rest) if size(first) <= MAX_CHARACTERS else function(first, *rest)

        return cast(Function, call)

    return decorate
