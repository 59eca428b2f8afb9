"""Pure results that several deliveries share: the event that a JSON is, its message, the message for one service."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

MOST = 1024
"""Results that are kept of one function. Lanes work at their own pace: so many events one may be ahead of another."""
LARGEST = 4096
"""Characters of the text that a result is made from; those of larger ones are made anew, and cost no memory."""

Function = TypeVar("Function", bound=Callable[..., Any])


def shared(size: Callable[[Any], int]) -> Callable[[Function], Function]:
    """A function that is asked once for the same arguments, as long as its first one has a small *size*.

    Arguments are hashable, the result is not changed by anybody, and an error is not kept.
    """

    def of(make: Function) -> Function:
        kept = lru_cache(maxsize=MOST)(make)

        @wraps(make)
        def once(first: Any, *more: Any) -> Any:
            return kept(first, *more) if size(first) <= LARGEST else make(first, *more)

        return cast(Function, once)

    return of
