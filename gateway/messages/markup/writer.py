"""What the writers of all markups share: the walk through a document. Each markup says how it writes each part."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from gateway.messages.escaping import MENTION_IN_URL
from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup.document import Code, Document, Emphasis, Line, LineKind, Link, Span, Spans, Strong, Text
from gateway.messages.urls import split_urls

MENTION = re.compile(r"(?<![\w.+-])@(?=[\w&!*])")
"""The `@` of `@name`, but not that of an e-mail address."""
TAG = re.compile(r"<(?=[A-Za-z/!@#?&:]|\Z)")
"""Starts an HTML tag, a mention such as `<!channel>`, `<@U1>` and `<at>`, or, at the end, a URL in angle brackets."""


@dataclass(frozen=True, slots=True)
class Writer(ABC):
    """Writes a document in one markup. Literal text is escaped so that it shows just as it is."""

    breaks_mentions: bool
    """Puts an invisible character into `@name` and `<tag>`, for services that take even escaped text for a mention."""

    def write(self, document: Document) -> str:
        kinds = [line.kind for line in document]
        return "".join(map(self.piece, document, (None, *kinds), (*kinds[1:], None)))

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:  # noqa: ARG002
        """What *line* adds to a text, between the kinds of the lines *before* and *after* it; None: there is none."""
        return self.line(line) if before is None else f"\n{self.line(line)}"

    def line(self, line: Line) -> str:
        text = self.spans(line.spans)
        match line.kind:
            case LineKind.ITEM:
                return f"- {text}"
            case LineKind.QUOTE:
                return f"> {text}"
            case LineKind.HEADING:
                return self.strong(text)
        return text

    def spans(self, spans: Spans) -> str:
        return "".join(self.span(span) for span in spans)

    def span(self, span: Span) -> str:
        match span:
            case Text(text):
                return self.text(text)
            case Code(text):
                return self.code(text)
            case Strong(inside):
                return self.strong(self.spans(inside))
            case Emphasis(inside):
                return self.emphasis(self.spans(inside))
            case Link(inside, url):
                return self.link(self.spans(inside), url)

    def text(self, text: str) -> str:
        """*text* escaped, except for the URLs in it: a service links those by itself, with the characters they have."""
        pieces = split_urls(text)
        if len(pieces) == 1:
            return self.escape(text)
        # Even places are text, odd ones are URLs.
        pieces[::2] = map(self.escape, pieces[::2])
        pieces[1::2] = map(self.bare_url, pieces[1::2])
        return "".join(pieces)

    def break_mentions(self, text: str) -> str:
        if not self.breaks_mentions:
            return text
        return TAG.sub(f"<{WORD_JOINER}", MENTION.sub(f"@{WORD_JOINER}", text))

    @abstractmethod
    def escape(self, text: str) -> str:
        """*text*, which holds no URL, as the markup that shows just it."""

    def bare_url(self, url: str) -> str:
        """A URL in a text. Only an `@` that could call a whole channel is written as its percent code."""
        return MENTION_IN_URL.sub("%40", url) if self.breaks_mentions else url

    @abstractmethod
    def code(self, text: str) -> str: ...

    @abstractmethod
    def strong(self, text: str) -> str: ...

    @abstractmethod
    def emphasis(self, text: str) -> str: ...

    @abstractmethod
    def link(self, label: str, url: str) -> str:
        """A link whose *label* is written already; *url* is one that `escaping.safe_link` has returned."""


def surround(text: str, mark: str) -> str:
    """*text* between two *mark*s, which stand at its first and last visible character as chat services demand."""
    inside = text.strip()
    if not inside:
        return text
    start = text.index(inside)
    return f"{text[:start]}{mark}{inside}{mark}{text[start + len(inside) :]}"
