"""Discord: an embed in the colour of the severity, with title, description, fields and footer.

https://docs.discord.com/developers/resources/message#embed-object has the limits. It does not say what a character is,
so UTF-16 units are counted, of which there are never fewer.
"""

from __future__ import annotations

from typing import Any

from gateway.messages import markup
from gateway.messages.cards.card import (
    SEPARATOR,
    Card,
    CardStyle,
    context,
    fit_facts,
    fit_literal,
    is_public_name,
    more,
    web_link,
)
from gateway.messages.escaping import markdown_link, one_line
from gateway.messages.markup import Markup
from gateway.messages.measure import utf16_length
from gateway.messages.severity import SeverityMark, marked
from gateway.model import Message

MAX_EMBED = 6000
"""The limit of title, description, fields and footer together."""
MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FACTS = 25
MAX_LABEL = 256
MAX_FACT = 1024
ROOM_FOR_FACTS = 3000
MAX_FOOTER = 500
MAX_URL = 2000
INLINE = 40
"""A value up to this length shares a line with others."""


def build(message: Message, style: CardStyle) -> Card:
    marked_title = marked(one_line(message.title), message.severity, SeverityMark.SIGN)
    title = fit_literal(marked_title, Markup.MARKDOWN, MAX_TITLE, utf16_length)
    facts, missing = fit_facts(
        message.facts,
        Markup.MARKDOWN,
        utf16_length,
        room=ROOM_FOR_FACTS,
        max_facts=MAX_FACTS,
        max_label=MAX_LABEL,
        max_value=MAX_FACT,
    )
    small_print = SEPARATOR.join((*([more(missing)] if missing else []), *context(message)))
    footer = fit_literal(small_print, Markup.TEXT, MAX_FOOTER, utf16_length)

    link = message.link and markup.write(
        markup.parse(markdown_link(message.link.label, message.link.url)), Markup.MARKDOWN
    )
    room = MAX_EMBED - sum(map(utf16_length, (title, footer, *(text for fact in facts for text in fact))))
    room = min(room, MAX_DESCRIPTION) - (utf16_length(link) + len("\n\n") if link else 0)
    body = markup.fit(markup.parse(message.body), Markup.MARKDOWN, room, measure=utf16_length)

    embed: dict[str, Any] = {
        "title": title,
        "description": "\n\n".join(part for part in (body, link) if part),
        "color": int(message.brand.colors.of(message.severity).removeprefix("#"), 16),
        "fields": [{"name": label, "value": value, "inline": len(value) <= INLINE} for label, value in facts],
        "footer": {"text": footer},
    }
    web = web_link(message, MAX_URL)
    if web and is_public_name(web.url):
        embed["url"] = web.url
    if message.time:
        embed["timestamp"] = message.time.isoformat()
    return Card(
        fields={
            "content": style.mentions,
            "embeds": [embed],
            "allowed_mentions": {"parse": ["everyone", "roles", "users"] if style.mentions else []},
        },
        text_field="content",
        replaces=frozenset({"content", "allow_mentions"}),
        query={"wait": "true"},  # without it, Discord answers before it knows whether it can save the message
    )
