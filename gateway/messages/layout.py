"""A message as one text, for services that take no more: their markup, limits, and place for the title."""

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
"""Between body and facts where they are written apart; HTML does not mind."""
MIN_BODY = 100
"""Room for the body below which facts give way to it."""


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
    mark: SeverityMark = SeverityMark.NONE
    """What stands in front of the title for the severity."""
    is_sms: bool = False
    is_spoken: bool = False
    """A call; a text that starts with `<` would be taken for the call's program."""


def as_markdown(message: Message) -> str:
    """Everything that *message* says below its title: body, facts, link and reasons, with blank lines between them."""
    return "\n\n".join(part for part in (message.body, *_below(message, message.facts)) if part)


def _below(message: Message, facts: Sequence[Fact]) -> tuple[str, ...]:
    """What stands below the body: *facts*, how many are missing, link and reasons; some may be empty."""
    missing = len(message.facts) - len(facts)
    lines = [f"**{escape(fact.label)}:** {fact.value}" for fact in facts]
    if missing:
        lines.append(words.counted(words.current().more, missing))
    link = markdown_link(message.link.label, message.link.url) if message.link else ""
    reasons = " \u00b7 ".join(escape(reason) for reason in message.reasons)
    return "\n".join(lines), link, f"*{reasons}*" if reasons else ""


def as_text(message: Message) -> str:
    """As `as_markdown`, in plain text."""
    return markdown_to_text(as_markdown(message))


def markdown_to_text(text: str) -> str:
    return markup.write(markup.parse(text), Markup.TEXT)


def size_of(message: Message) -> int:
    """Characters of what differs most in length between messages: the body and the facts."""
    return len(message.body) + sum(len(fact.value) for fact in message.facts)


@memoize_small(size_of)
@words.in_words_of_message
def render_for(message: Message, limits: ServiceLimits) -> tuple[str, str]:
    """(title, body) for the service; the body is never empty. Both keep to the limits."""
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
    # The title is written first, since its length is known only with its escapes, and it takes room of the body.
    measure = measured_in(limits.unit)
    room = limits.max_body - limits.overhead - (measure(title) if limits.counts_title else 0)
    body = _fit_body(message, heading, limits, room)
    if limits.is_spoken and body.lstrip().startswith("<"):
        body = WORD_JOINER + body
    return title, body or words.current().no_text


def _fit_body(message: Message, heading: str, limits: ServiceLimits, room: int) -> str:
    """The text below the title, at most *room* long. What is too long is cut within the body: the link stays."""
    measure = measured_in(limits.unit)

    def fit(document: Document, limit: int) -> str:
        return markup.fit(document, limits.markup, limit, measure=measure, breaks_mentions=limits.has_mentions)

    document = markup.titled(heading, markup.parse(as_markdown(message)))
    whole = markup.write_if_short(document, limits.markup, room, measure=measure, breaks_mentions=limits.has_mentions)
    if whole is not None:
        return whole
    above = markup.titled(heading, markup.parse(message.body))

    def end(count: int) -> str:
        """What stands below the body, with the first *count* facts."""
        below = markup.parse("\n\n".join(part for part in _below(message, message.facts[:count]) if part))
        return BETWEEN + markup.write(below, limits.markup, breaks_mentions=limits.has_mentions) if below else ""

    def is_too_long(count: int) -> bool:
        return room - measure(end(count)) < min(MIN_BODY, room)

    # The body gives way first. Facts are left out, the last ones first, only where fewer than MIN_BODY would remain of
    # it. Each further fact takes room, so the greatest number that leaves enough is looked up by bisection.
    count = bisect_left(range(len(message.facts) + 1), True, key=is_too_long) - 1
    if count < 0 or not above:
        return fit(document, room)
    return fit(above, room - measure(end(count))) + end(count)
