"""Cards: the form of a message at a service that shows more than one text.

A builder is pure: it makes from a message what is added to the request of Apprise's plugin (`sending.card_request`).
Each builder keeps to the limits of its service, block by block, and says what had no room. A new card needs a file here
with its builder, a member of `CardKind`, a line in BUILDERS, and the `card` in its service's row in `sending.traits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.memo import memoize_small
from gateway.messages.cards import discord, push, slack, teams
from gateway.messages.cards.card import Card, CardKind, CardStyle
from gateway.messages.layout import size_of
from gateway.messages.words import in_words_of_message
from gateway.model import Message

__all__ = ["Card", "CardKind", "CardStyle", "build"]

BUILDERS: Mapping[CardKind, Callable[[Message, CardStyle], Card]] = {
    CardKind.SLACK: slack.build,
    CardKind.TEAMS: teams.build,
    CardKind.DISCORD: discord.build,
    CardKind.TELEGRAM: push.telegram,
    CardKind.NTFY: push.ntfy,
    CardKind.PUSHOVER: push.pushover,
    CardKind.GOTIFY: push.gotify,
}


@memoize_small(size_of)
@in_words_of_message
def build(message: Message, style: CardStyle) -> Card:
    """The card of *message* for an address of *style*. It must not be changed, since several deliveries share it."""
    return BUILDERS[style.kind](message, style)
