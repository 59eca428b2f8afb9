"""Lays out a message as one text, for services that show no more, within their markup, limits and place
for the title."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.memo import memoize_small
from gateway.messages import markup, text_message, words
from gateway.messages.escaping import escape, markdown_link, one_line
from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup import Document, Markup
from gateway.messages.measure import Unit, measured_in
from gateway.messages.severity import SeverityMark, marked
from gateway.model import Fact, Message

BETWEEN = "\n\n"
"""Separates body and facts where they are written apart; HTML ignores it."""
MIN_BODY = 100
"""If the body has less room than this, facts are left out instead."""


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What one kind of service shows, and how much of it."""

    markup: Markup
    max_body: int
    """The longest body, in *unit*, of what the provider counts."""
    max_title: int = 0
    """The longest title, in *title_unit*; 0 for a service without titles, where the title is the first line of the
    body."""
    unit: Unit = Unit.CHARACTERS
    title_unit: Unit = Unit.UTF16
    counts_title: bool = False
    """Whether the title counts against *max_body*, as it does where a service gets both in one field."""
    overhead: int = 0
    """What else counts against *max_body*: the rest of a card, or what Apprise writes between title and body."""
    has_mentions: bool = True
    """Whether it is a chat, where `@name` in a text may mention somebody."""
    mark: SeverityMark = SeverityMark.NONE
    """What is written before the title to show the severity."""
    is_sms: bool = False
    is_spoken: bool = False
    """Whether it is a call, where a text that starts with `<` would be taken for the program of the call."""


def as_markdown(message: Message) -> str:
    """Everything of *message* below its title as Markdown: body, facts, link and reasons, with blank lines between
    them."""
    return "\n\n".join(filter(None, (message.body, *_below(message, message.facts))))


def _below(message: Message, facts: Sequence[Fact]) -> tuple[str, ...]:
    """What follows the body: *facts*, how many are missing, link and reasons; some may be empty."""
    missing = len(message.facts) - len(facts)
    lines = [f"**{escape(fact.label)}:** {fact.value}" for fact in facts]
    if missing:
        lines.append(words.counted(words.current().more, missing))
    link = markdown_link(message.link.label, message.link.url) if message.link else ""
    reasons = " \u00b7 ".join(map(escape, message.reasons))
    return "\n".join(lines), link, f"*{reasons}*" if reasons else ""


def as_text(message: Message) -> str:
    """Like `as_markdown`, in plain text."""
    return markdown_to_text(as_markdown(message))


def markdown_to_text(text: str) -> str:
    return markup.write(markup.parse(text), Markup.TEXT)


def size_of(message: Message) -> int:
    """Characters of body and facts, the parts that differ most in length between messages."""
    return len(message.body) + sum([len(fact.value) for fact in message.facts])


@memoize_small(size_of)
@words.in_words_of_message
def render_for(message: Message, limits: ServiceLimits) -> tuple[str, str]:
    """Title and body for the service, both within its limits; the body is never empty."""
    if limits.is_sms:
        return "", text_message.write(message, limits.mark) or words.current().no_text
    title, heading = marked(one_line(message.title), message.severity, limits.mark), ""
    if not limits.max_title:
        title, heading = "", title
    # Titles are plain text everywhere, but some services show Markdown in them, and many look for mentions.
    title = markup.fit(
        markup.literal(title),
        limits.markup if limits.markup is Markup.MARKDOWN and limits.has_mentions else Markup.TEXT,
        limits.max_title,
        measure=measured_in(limits.title_unit),
        breaks_mentions=limits.has_mentions,
        says_count=False,
    )
    # The title is written first: its length is known only with its escapes, and it counts against the body.
    measure = measured_in(limits.unit)
    room = limits.max_body - limits.overhead - (measure(title) if limits.counts_title else 0)
    body = _fit_body(message, heading, limits, room)
    if limits.is_spoken and body.lstrip().startswith("<"):
        body = WORD_JOINER + body
    return title, body or words.current().no_text


def _fit_body(message: Message, heading: str, limits: ServiceLimits, room: int) -> str:
    """The text below the title, at most *room* long. If it is too long, the body is cut, and the link stays."""
    measure = measured_in(limits.unit)

    def fit(document: Document, limit: int) -> str:
        return markup.fit(document, limits.markup, limit, measure=measure, breaks_mentions=limits.has_mentions)

    document = markup.titled(heading, markup.parse(as_markdown(message)))
    whole = markup.write_if_short(document, limits.markup, room, measure=measure, breaks_mentions=limits.has_mentions)
    if whole is not None:
        return whole
    above = markup.titled(heading, markup.parse(message.body))

    def end(count: int) -> str:
        """What follows the body, with the first *count* facts."""
        below = markup.parse("\n\n".join(filter(None, _below(message, message.facts[:count]))))
        return BETWEEN + markup.write(below, limits.markup, breaks_mentions=limits.has_mentions) if below else ""

    def is_too_long(count: int) -> bool:
        return room - measure(end(count)) < min(MIN_BODY, room)

    # The body is shortened first. Facts are left out, the last ones first, only if fewer than MIN_BODY would remain of
    # the body. Each further fact takes room, so the greatest number that leaves enough is found by bisection.
    count = bisect_left(range(len(message.facts) + 1), True, key=is_too_long) - 1
    if count < 0 or not above:
        return fit(document, room)
    return fit(above, room - measure(end(count))) + end(count)
