"""The Markdown of messages: it is parsed once, and written in the markup of each kind of service.

A new markup needs a file beside `html.py` with a `Writer`, a member of `Markup`, and a line in WRITERS.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache

from gateway.messages.markup.cut import ELLIPSIS
from gateway.messages.markup.cut import fit as _fit
from gateway.messages.markup.cut import write_if_short as _write_if_short
from gateway.messages.markup.document import BLANK, Document, LineKind, Text, literal, titled
from gateway.messages.markup.html import HtmlWriter
from gateway.messages.markup.markdown import MarkdownWriter
from gateway.messages.markup.parse import parse
from gateway.messages.markup.pushover import PushoverWriter
from gateway.messages.markup.slack import SlackWriter
from gateway.messages.markup.telegram import TelegramWriter
from gateway.messages.markup.text import TextWriter
from gateway.messages.markup.writer import Writer

__all__ = [
    "BLANK",
    "ELLIPSIS",
    "Document",
    "LineKind",
    "Markup",
    "Text",
    "fit",
    "literal",
    "parse",
    "titled",
    "write",
    "write_if_short",
]


class Markup(StrEnum):
    """The markups that services show."""

    TEXT = "text"
    MARKDOWN = "markdown"
    SLACK = "slack"
    HTML = "html"
    TELEGRAM = "telegram"
    PUSHOVER = "pushover"


WRITERS: dict[Markup, type[Writer]] = {
    Markup.TEXT: TextWriter,
    Markup.MARKDOWN: MarkdownWriter,
    Markup.SLACK: SlackWriter,
    Markup.HTML: HtmlWriter,
    Markup.TELEGRAM: TelegramWriter,
    Markup.PUSHOVER: PushoverWriter,
}


def write(document: Document, markup: Markup, *, breaks_mentions: bool = False) -> str:
    """*document* as *markup*.

    *breaks_mentions* prevents `@name` and `<tag>` from mentioning anybody, for services that take even escaped or plain
    text for a mention. Markdown always does so, since nearly all services that show it are chats.
    """
    return _writer(markup, breaks_mentions).write(document)


def write_if_short(
    document: Document,
    markup: Markup,
    limit: int,
    *,
    measure: Callable[[str], int] = len,
    breaks_mentions: bool = False,
) -> str | None:
    """As `write`; None when that is longer than *limit* by *measure*."""
    return _write_if_short(document, _writer(markup, breaks_mentions), measure, limit)


def fit(
    document: Document,
    markup: Markup,
    limit: int,
    *,
    measure: Callable[[str], int] = len,
    ellipsis: str = ELLIPSIS,
    says_count: bool = True,
    breaks_mentions: bool = False,
) -> str:
    """Like `write`, but at most *limit* long by *measure*: the end of the text is replaced by *ellipsis*.

    With *says_count*, the text ends with the number of missing characters, unless the limit is too small for that.
    """
    return _fit(document, _writer(markup, breaks_mentions), measure, limit, ellipsis, says_count)


@cache
def _writer(markup: Markup, breaks_mentions: bool) -> Writer:
    return WRITERS[markup](breaks_mentions or markup is Markup.MARKDOWN)
