"""Slack: a header, and an attachment in the colour of the severity with body, facts, small print and button.

https://docs.slack.dev/reference/block-kit/blocks has the limits of the blocks. All blocks together may have some 13,000
characters, which no document says (`msg_blocks_too_long`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from gateway.messages import markup
from gateway.messages.cards.card import SEPARATOR, Card, CardStyle, context, fit_facts, fit_literal, more, web_link
from gateway.messages.escaping import markdown_link, one_line
from gateway.messages.markup import Markup
from gateway.messages.measure import Unit, measured_in, utf16_length
from gateway.messages.severity import SeverityMark, marked
from gateway.model import Message

MAX_HEADER = 150
MAX_SECTION = 3000
MAX_FIELDS = 10
"""The limit of one section."""
MAX_FACTS = 20
MAX_FACT = 1000
MAX_LABEL = 100
ROOM_FOR_FACTS = 6000
MAX_CONTEXT = 500
MAX_BUTTON = 75
MAX_URL = 3000
MAX_PUSH = 300
"""The limit of the text on a lock screen."""
WIDE = 80
"""A value longer than this has a whole line instead of half of one."""
escaped_length = measured_in(Unit.ESCAPED)


def build(message: Message, _style: CardStyle) -> Card:
    color = message.brand.colors.of(message.severity)
    title = marked(one_line(message.title), message.severity, SeverityMark.SIGN)
    push = marked(message.short or one_line(message.title), message.severity, SeverityMark.SIGN)
    header = fit_literal(title, Markup.TEXT, MAX_HEADER, escaped_length)
    text = fit_literal(push, Markup.SLACK, MAX_PUSH, utf16_length)
    return Card(
        fields={
            "text": text,
            "blocks": [{"type": "header", "text": _plain(header)}] if header else [],
            "attachments": [{"color": color, "fallback": text, "blocks": list(_blocks(message))}],
        },
        text_field="attachments",
        replaces=frozenset({"attachments"}),
    )


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    body = markup.parse(message.body)
    if body:
        yield _section(markup.fit(body, Markup.SLACK, MAX_SECTION, measure=utf16_length, breaks_mentions=True))

    facts, missing = fit_facts(
        message.facts,
        Markup.SLACK,
        utf16_length,
        room=ROOM_FOR_FACTS,
        max_facts=MAX_FACTS,
        max_label=MAX_LABEL,
        max_value=MAX_FACT,
    )
    for is_wide, group in groupby(facts, key=lambda fact: len(fact[1]) > WIDE):
        fields = [_mrkdwn(f"*{label}*\n{value}") for label, value in group]
        if is_wide or len(fields) == 1:
            yield from ({"type": "section", "text": field} for field in fields)
        else:
            for start in range(0, len(fields), MAX_FIELDS):
                yield {"type": "section", "fields": fields[start : start + MAX_FIELDS]}

    link = web_link(message, MAX_URL)
    if link:
        label = _plain(fit_literal(link.label, Markup.TEXT, MAX_BUTTON, escaped_length))
        yield {"type": "actions", "elements": [{"type": "button", "text": label, "url": link.url, "action_id": "open"}]}
    elif message.link:
        document = markup.parse(markdown_link(message.link.label, message.link.url))
        yield _section(markup.write(document, Markup.SLACK, breaks_mentions=True))

    small_print = SEPARATOR.join(context(message))
    texts = [more(missing)] if missing else []
    texts.append(fit_literal(small_print, Markup.SLACK, MAX_CONTEXT, utf16_length))
    if message.time:
        fallback = message.time.strftime("%Y-%m-%d %H:%M %Z")
        texts.append(f"<!date^{int(message.time.timestamp())}^{{date_short_pretty}}, {{time}}|{fallback}>")
    yield {"type": "context", "elements": [_mrkdwn(text) for text in texts]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def _plain(text: str) -> dict[str, Any]:
    """Slack interprets entities even in plain text, so these are escaped."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"type": "plain_text", "text": escaped, "emoji": False}
