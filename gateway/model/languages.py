"""Names of languages: `de`, `de_CH`, `zh_Hant_TW`, however somebody writes them (`de-ch`, `DE`)."""

from __future__ import annotations

from functools import lru_cache

LETTERS_OF_SCRIPT = 4
"""A part of four letters is a script, a shorter one a country (RFC 5646, 2.2)."""


@lru_cache(maxsize=256)
def fallbacks(language: str) -> tuple[str, ...]:
    """*language* and those that stand in for it, the nearest first: `zh_Hant_TW`, `zh_Hant`, `zh`. Empty for an empty
    name."""
    first, *rest = language.replace("-", "_").split("_")
    steps = [first.lower(), *(step.title() if len(step) == LETTERS_OF_SCRIPT else step.upper() for step in rest)]
    return tuple("_".join(steps[:count]) for count in range(len(steps), 0, -1)) if language else ()


def canonical(language: str) -> str:
    """*language* as a translation's file is best named after it: `de-ch` is `de_CH`."""
    return fallbacks(language)[0] if language else ""
