"""The keys of a file of `translations/`; see `config.catalog.keys`."""

from __future__ import annotations

from typing import TypedDict


class TranslationKeys(TypedDict, total=False):
    words: dict[str, str | dict[str, str]]
    """The keys are the fields of `model.Words`."""
    labels: dict[str, str]
    categories: dict[str, str]
    events: dict[str, TranslatedMessageKeys]


class TranslatedLinkKeys(TypedDict, total=False):
    label: str


class TranslatedPartKeys(TypedDict, total=False):
    """The parts that may also differ for a kind of service."""

    title: str
    body: str
    link: TranslatedLinkKeys
    short: str


# `for` is a keyword of Python.
TranslatedMessageKeys = TypedDict(
    "TranslatedMessageKeys",
    {
        "title": str,
        "body": str,
        "facts": dict[str, str],
        "link": TranslatedLinkKeys,
        "short": str,
        "for": dict[str, TranslatedPartKeys],
    },
    total=False,
)
