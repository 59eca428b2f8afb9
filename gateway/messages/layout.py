"""A message as one service shows it: its markup, its limits, its place for the title."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.memo import memoize_small
from gateway.messages import markup
from gateway.messages.escaping import MAX_TITLE, WORD_JOINER, one_line
from gateway.messages.markup import Document, Markup
from gateway.model import Message

SMS_PARTS = 3
GSM_PART, UNICODE_PART = 153, 67
"""Characters in one of several parts of a text message (3GPP TS 23.040, 9.2.3.24.1)."""
GSM = frozenset(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e"
    "\u00c6\u00e6\u00df\u00c9 !\"#\u00a4%&'()*+,-./0123456789:;<=>?\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "\u00c4\u00d6\u00d1\u00dc\u00a7\u00bfabcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0"
)
GSM_TWICE = frozenset("^{}\\[~]|\u20ac")
"""GSM 03.38 has them behind an escape character."""
NOTHING = "(no text)"


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What one service shows."""

    markup: Markup
    max_body: int
    """Longest body, in characters."""
    max_title: int = 0
    """Longest title; 0: the title leads the body."""
    has_mentions: bool = True
    """A chat: `@name` in a text may call somebody."""
    is_sms: bool = False
    is_spoken: bool = False
    """A call; a text that starts with `<` would be taken for the call's program."""


@memoize_small(lambda message: len(message.body))
def render_for(message: Message, limits: ServiceLimits) -> tuple[str, str]:
    """(title, body) for the service; the body is never empty."""
    title, document = one_line(message.title), markup.parse(message.body)
    if not limits.max_title and title:
        title, document = "", markup.titled(title, document)
    body = _body(document, limits)
    return _title(title, limits), body or NOTHING


def _title(title: str, limits: ServiceLimits) -> str:
    title = one_line(title, min(limits.max_title, MAX_TITLE)) if title else ""
    if title and limits.has_mentions:
        kind = limits.markup if limits.markup is Markup.MARKDOWN else Markup.TEXT
        title = markup.write(markup.literal(title), kind, breaks_mentions=True)
    return title


def _body(document: Document, limits: ServiceLimits) -> str:
    if limits.is_sms:
        return _text_message(document)
    body = markup.fit(document, limits.markup, limits.max_body, breaks_mentions=limits.has_mentions)
    return WORD_JOINER + body if limits.is_spoken and body.lstrip().startswith("<") else body


def _text_message(document: Document) -> str:
    """At most three parts; without blank lines, which cost as much as text."""
    text = markup.write(tuple(line for line in document if line is not markup.BLANK), Markup.TEXT)
    most = SMS_PARTS * (GSM_PART if GSM.issuperset(set(text) - GSM_TWICE) else UNICODE_PART)
    if _units(text, most) <= most:
        return text
    marker = "..."
    room, kept = most - len(marker), []
    for sign in text:
        room -= _units(sign, most)
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept).rstrip() + marker


def _units(text: str, most: int) -> int:
    if most == SMS_PARTS * GSM_PART:
        return len(text) + sum(sign in GSM_TWICE for sign in text)
    return len(text.encode("utf-16-le")) // 2
