"""A message as one text, for services that take no more: their markup, limits, and place for the title."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.memo import memoize_small
from gateway.messages import markup
from gateway.messages.escaping import escape, markdown_link, one_line
from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup import Document, Markup
from gateway.messages.measure import Unit, gsm_length, is_gsm, measured_in, utf16_length
from gateway.model import Message

MAX_SMS_PARTS = 3
GSM_PART, UNICODE_PART = 153, 67
"""Characters in one of several parts of a text message (3GPP TS 23.040, 9.2.3.24.1)."""
SMS_ELLIPSIS = "..."
"""The ellipsis character would cost more than half of the room: the GSM alphabet does not have it."""
NO_TEXT = "(no text)"


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What one kind of service shows, and how much of it."""

    markup: Markup
    max_body: int
    """Longest body, in *unit*, of what the provider counts."""
    max_title: int = 0
    """Longest title, in *title_unit*; 0 for a service without titles, where the title leads the body."""
    unit: Unit = Unit.CHARACTERS
    title_unit: Unit = Unit.UTF16
    counts_title: bool = False
    """Whether the title takes room of *max_body*, as where a service gets both in one field."""
    overhead: int = 0
    """What else takes room of *max_body*: the rest of a card, or what Apprise writes between title and body."""
    has_mentions: bool = True
    """A chat: `@name` in a text may call somebody."""
    is_sms: bool = False
    is_spoken: bool = False
    """A call; a text that starts with `<` would be taken for the call's program."""


def as_markdown(message: Message) -> str:
    """Everything that *message* says below its title: body, facts, link and reasons, with blank lines between them."""
    facts = "\n".join(f"**{escape(fact.label)}:** {fact.value}" for fact in message.facts)
    link = markdown_link(message.link.label, message.link.url) if message.link else ""
    reasons = " \u00b7 ".join(escape(reason) for reason in message.reasons)
    parts = (message.body, facts, link, f"*{reasons}*" if reasons else "")
    return "\n\n".join(part for part in parts if part)


def as_text(message: Message) -> str:
    """As `as_markdown`, in plain text."""
    return markdown_to_text(as_markdown(message))


def markdown_to_text(text: str) -> str:
    return markup.write(markup.parse(text), Markup.TEXT)


def size_of(message: Message) -> int:
    """Characters of what differs most in length between messages: the body and the facts."""
    return len(message.body) + sum(len(fact.value) for fact in message.facts)


@memoize_small(size_of)
def render_for(message: Message, limits: ServiceLimits) -> tuple[str, str]:
    """(title, body) for the service; the body is never empty. Both keep to the limits."""
    title, document = one_line(message.title), markup.parse(as_markdown(message))
    if not limits.max_title:
        title, document = "", markup.titled(title, document)
    title = _write_title(title, limits)
    if limits.is_sms:
        return title, _text_message(document) or NO_TEXT
    # The title is written first, since its length is known only with its escapes, and it takes room of the body.
    measure = measured_in(limits.unit)
    room = limits.max_body - limits.overhead - (measure(title) if limits.counts_title else 0)
    body = markup.fit(document, limits.markup, room, measure=measure, breaks_mentions=limits.has_mentions)
    if limits.is_spoken and body.lstrip().startswith("<"):
        body = WORD_JOINER + body
    return title, body or NO_TEXT


def _write_title(title: str, limits: ServiceLimits) -> str:
    """Titles are plain text everywhere, but some services show Markdown in them and many look for mentions."""
    kind = limits.markup if limits.markup is Markup.MARKDOWN and limits.has_mentions else Markup.TEXT
    return markup.fit(
        markup.literal(title),
        kind,
        limits.max_title,
        measure=measured_in(limits.title_unit),
        breaks_mentions=limits.has_mentions,
        says_count=False,
    )


def _text_message(document: Document) -> str:
    """At most three parts; without blank lines, which cost as much as text."""
    document = tuple(line for line in document if line is not markup.BLANK)
    fits_gsm = is_gsm(markup.write(document, Markup.TEXT))
    limit = MAX_SMS_PARTS * (GSM_PART if fits_gsm else UNICODE_PART)
    measure = gsm_length if fits_gsm else utf16_length
    return markup.fit(document, Markup.TEXT, limit, measure=measure, ellipsis=SMS_ELLIPSIS)
