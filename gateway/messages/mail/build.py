"""Builds a mail from a message: its subject, its HTML, and its plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.memo import memoize_small
from gateway.messages import markup, words
from gateway.messages.escaping import escape, one_line
from gateway.messages.filters import locales
from gateway.messages.layout import markdown_to_text, size_of
from gateway.messages.mail.looks import looks_of
from gateway.messages.mail.subject import subject_of
from gateway.messages.mail.text import plain_text
from gateway.messages.mail.writer import InlineMailWriter, MailWriter
from gateway.messages.markup import cut
from gateway.model import Fact, Message

_environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
TEMPLATE = _environment.get_template("mail.html")

MAX_HTML_BYTES = 96_000
"""Gmail shows 102 KB of a mail and hides the rest behind a link."""
MAX_BODY_BYTES = 48_000
MAX_FACTS_BYTES = 40_000
MAX_FACT_BYTES = 3000
ROW_BYTES = 700
"""The bytes of a table row besides its texts."""
MAX_REASONS = 500
MAX_PREHEADER = 150
"""The length of the line that an inbox shows after the subject."""
FILLER = "\u2007\u034f" * 60
"""Follows that line, so that the inbox does not show the beginning of the mail's text after it."""


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    html: str
    text: str


@memoize_small(size_of)
@words.in_words_of_message
def build(message: Message) -> Mail:
    """The mail of *message*. Its HTML has at most MAX_HTML_BYTES, and loads nothing but the logo of its brand.

    If there is too little room, facts take precedence over the body, and the mail says how much is missing.
    """
    brand, own = message.brand, message.words
    looks = looks_of(brand.colors, message.severity)
    writer = MailWriter(breaks_mentions=False, link_color=looks.link)
    facts = _fit_facts(message.facts, InlineMailWriter(breaks_mentions=False, link_color=looks.link))
    missing_facts = len(message.facts) - len(facts)
    # The customer needs no line of its own if the title or a fact contains the name.
    shown = (message.title, *(markdown_to_text(fact.value) for fact in message.facts))
    is_shown = any(message.customer.casefold() in text.casefold() for text in shown)
    reasons = one_line(" \u00b7 ".join(message.reasons), MAX_REASONS)
    parts: dict[str, Any] = {
        "language": message.locale.replace("_", "-"),
        "brand": brand,
        "looks": looks,
        "title": one_line(message.title),
        "preheader": _preheader(message),
        "filler": FILLER,
        "severity": own.of(message.severity).upper(),
        "category": message.category_title,
        "time": locales.write_moment(message.time, message.locale, has_year=True) if message.time else "",
        "customer": "" if is_shown else message.customer,
        "facts": facts,
        "more_facts": "... " + words.counted(own.more, missing_facts) if missing_facts else "",
        "link": message.link,
        "reason": reasons[:1].upper() + reasons[1:],
        "footer": brand.footer or own.sent_by.replace("{name}", brand.name),
    }
    html = _render(parts, message.body, writer, MAX_BODY_BYTES)
    if (excess := _bytes(html) - MAX_HTML_BYTES) > 0:
        html = _render(parts, message.body, writer, MAX_BODY_BYTES - excess)
    status = " - ".join(filter(None, (parts[name] for name in ("severity", "category", "customer", "time"))))
    return Mail(subject_of(message), html, plain_text(message, status, parts["reason"], parts["footer"]))


def _preheader(message: Message) -> str:
    """What an inbox shows behind the subject, which has title and customer: the beginning of the text, and facts."""
    facts = (f"{escape(fact.label)}: {fact.value}" for fact in message.facts)
    body, *others = (markdown_to_text(text) for text in (message.body, *facts))
    texts = (body, *(text for text in others if not message.customer or message.customer not in text))
    return one_line(" \u00b7 ".join(filter(None, texts))[: 10 * MAX_PREHEADER], MAX_PREHEADER)


def _render(parts: Mapping[str, Any], body: str, writer: MailWriter, room: int) -> str:
    """The HTML, with at most *room* bytes of *body*."""
    written = cut.fit(markup.parse(body), writer, _bytes, room, cut.ELLIPSIS, says_count=True)
    return TEMPLATE.render(parts, body=written)


def _fit_facts(facts: tuple[Fact, ...], writer: InlineMailWriter) -> list[Mapping[str, str]]:
    """The first *facts* that have room in the table, with their values in HTML."""
    rows: list[Mapping[str, str]] = []
    room = MAX_FACTS_BYTES
    for fact in facts:
        document = markup.parse(fact.value)
        value = cut.fit(document, writer, _bytes, MAX_FACT_BYTES, cut.ELLIPSIS, says_count=True)
        room -= _bytes(value) + _bytes(fact.label) + ROW_BYTES
        if room < 0:
            break
        rows.append({"label": fact.label, "value": value})
    return rows


def _bytes(text: str) -> int:
    return len(text.encode())
