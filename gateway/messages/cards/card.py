"""What all cards have in common: the card itself, and which parts of a message fit into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from gateway.messages import markup, words
from gateway.messages.markup import Markup
from gateway.model import Fact, Message, MessageLink

SEPARATOR = " \u00b7 "
HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
"""A host name with a top-level domain: some services refuse a message with a link to any other host."""


class CardKind(StrEnum):
    """The services that have a card."""

    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"
    TELEGRAM = "telegram"
    NTFY = "ntfy"
    PUSHOVER = "pushover"
    GOTIFY = "gotify"


@dataclass(frozen=True, slots=True)
class CardStyle:
    """Which card an address gets."""

    kind: CardKind
    options: frozenset[str] = frozenset()
    """The options that the address sets itself, such as `priority`; the card does not change these."""
    mentions: str = ""
    """Whom the address mentions, in the notation of the service."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is added to the request of a message, or replaces the text in it that Apprise's plugin wrote."""

    fields: Mapping[str, Any]
    """Added to the object that the plugin posts; objects that are in both are merged."""
    text_field: str
    """The plugin's field for the text. A request without it is not a message, but a login or a look-up."""
    replaces: frozenset[str] = frozenset()
    """Fields of the plugin that the card replaces."""
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Added to the URL's query."""
    shows_link: bool = False
    """Whether the card shows the link, so that the plugin's text leaves it out."""


def fit_facts(
    facts: Sequence[Fact],
    kind: Markup,
    measure: Callable[[str], int],
    *,
    room: int,
    max_facts: int,
    max_label: int,
    max_value: int,
) -> tuple[list[tuple[str, str]], int]:
    """Label and value of the first *facts* that fit into *room*, each in the markup *kind*; and how many
    are left over."""
    shown: list[tuple[str, str]] = []
    for fact in facts[:max_facts]:
        label = fit_literal(fact.label, kind, max_label, measure)
        value = markup.fit(markup.parse(fact.value), kind, max_value, measure=measure, breaks_mentions=True)
        room -= measure(label) + measure(value)
        if room < 0:
            break
        if label and value:
            shown.append((label, value))
    return shown, len(facts) - len(shown)


def fit_literal(text: str, kind: Markup, limit: int, measure: Callable[[str], int]) -> str:
    """The plain *text* in the markup *kind*, so that it mentions nobody, cut to *limit*."""
    return markup.fit(markup.literal(text), kind, limit, measure=measure, breaks_mentions=True, says_count=False)


def more(count: int) -> str:
    """The line for facts that had no room in a card."""
    return words.counted(words.current().more, count)


def context(message: Message) -> tuple[str, ...]:
    """The small print of a card in plain text: severity, category, the customer unless shown above, and the reasons."""
    texts = (message.title, message.body, *(fact.value for fact in message.facts))
    has_customer = any(message.customer in text for text in texts)
    parts = (
        message.words.of(message.severity),
        message.category_title,
        "" if has_customer else message.customer,
        *message.reasons,
    )
    return tuple(part for part in dict.fromkeys(parts) if part)


def web_link(message: Message, max_url: int) -> MessageLink | None:
    """The link of *message* if a button can have it: it must lead to a web page and be at most *max_url* long."""
    link = message.link
    is_web = link is not None and link.url.startswith(("http://", "https://")) and len(link.url) <= max_url
    return link if is_web else None


def is_public_name(url: str) -> bool:
    """Whether the host of *url* is a complete domain name. Telegram and Discord refuse messages with other links."""
    try:
        parts = urlsplit(url)
        return bool(HOST.fullmatch(parts.hostname or "")) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False
