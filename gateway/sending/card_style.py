"""Decides which card an address gets, and how its messages show the severity."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.messages.cards import CardKind, CardStyle
from gateway.messages.severity import SeverityMark
from gateway.model import Address
from gateway.sending.traits import ServiceTraits

IN_PLACE_OF_TEXT = frozenset({CardKind.SLACK, CardKind.TEAMS, CardKind.DISCORD})
"""An address with a `format` gets the text in that format instead of a card."""
TEXT_MODES = frozenset({"workflow", "trigger"})
"""Modes of Slack in which a workflow reads only a variable with the text."""
SUPPRESS_EMBEDS = 4
"""A flag of Discord's messages."""


def style_of(plugin: Any, traits: ServiceTraits, address: Address) -> CardStyle | None:
    """The card for *address*, to which *plugin* sends; None if it gets text."""
    kind = traits.card
    if kind is None:
        return None
    query = parse_qsl(urlsplit(address.url.reveal()).query, keep_blank_values=True) if address.url else ()
    options = frozenset(name.lower() for name in (*address.fields, *(name for name, _ in query)))
    wants_text = kind in IN_PLACE_OF_TEXT and "format" in options
    has_no_blocks = "blocks" in options and not getattr(plugin, "use_blocks", True)
    has_no_embeds = bool((getattr(plugin, "flags", None) or 0) & SUPPRESS_EMBEDS)
    takes_text_only = getattr(plugin, "mode", "") in TEXT_MODES
    if wants_text or has_no_blocks or has_no_embeds or takes_text_only:
        return None
    pings = plugin.ping_payload(" ".join(plugin.ping)).get("content", "") if getattr(plugin, "ping", None) else ""
    return CardStyle(kind, options, pings)


def mark_of(traits: ServiceTraits, style: CardStyle | None, *, is_short: bool) -> SeverityMark:
    """How a title shows the severity; *is_short* is true for text messages and calls."""
    has_tags = style is not None and style.kind is CardKind.NTFY and "xtags" not in style.options
    if traits.is_program or traits.is_mail or has_tags:
        return SeverityMark.NONE
    return SeverityMark.WORD if is_short else SeverityMark.SIGN
