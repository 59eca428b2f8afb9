"""The walk through a document that the writers of all markups share; each markup defines how its parts are written."""

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
"""The start of an HTML tag, of a mention such as `<!channel>`, `<@U1>` and `<at>`, or, at the end, of a URL in angle
brackets."""


@dataclass(frozen=True, slots=True)
class Writer(ABC):
    """Writes a document in one markup. Literal text is escaped so that it is shown exactly as it is."""

    breaks_mentions: bool
    """Whether to put an invisible character into `@name` and `<tag>`, for services that take even escaped text for a
    mention."""

    def write(self, document: Document) -> str:
        kinds = [line.kind for line in document]
        return "".join(map(self.piece, document, (None, *kinds), (*kinds[1:], None)))

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:  # noqa: ARG002
        """What *line* adds to a text, between the kinds of the lines *before* and *after* it; None: there is none."""
        return self.line(line) if before is None else f"\n{self.line(line)}"

    def line(self, line: Line) -> str:
        text = self.spans(line.spans) if line.spans else ""
        match line.kind:
            case LineKind.ITEM:
                return f"- {text}"
            case LineKind.QUOTE:
                return f"> {text}"
            case LineKind.HEADING:
                return self.strong(text)
        return text

    def spans(self, spans: Spans) -> str:
        return "".join(map(self.span, spans))

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
        """*text* escaped, except for its URLs: services turn these into links with exactly the characters they have."""
        pieces = split_urls(text)
        if len(pieces) == 1:
            return self.escape(text)
        # Pieces at even indexes are text, at odd ones URLs.
        pieces[::2] = map(self.escape, pieces[::2])
        pieces[1::2] = map(self.bare_url, pieces[1::2])
        return "".join(pieces)

    def break_mentions(self, text: str) -> str:
        if not self.breaks_mentions:
            return text
        return TAG.sub(f"<{WORD_JOINER}", MENTION.sub(f"@{WORD_JOINER}", text))

    @abstractmethod
    def escape(self, text: str) -> str:
        """*text*, which contains no URL, escaped so that it is shown exactly as it is."""

    def bare_url(self, url: str) -> str:
        """A URL in a text. Only an `@` that could mention a whole channel is percent-encoded."""
        return MENTION_IN_URL.sub("%40", url) if self.breaks_mentions else url

    @abstractmethod
    def code(self, text: str) -> str: ...

    @abstractmethod
    def strong(self, text: str) -> str: ...

    @abstractmethod
    def emphasis(self, text: str) -> str: ...

    @abstractmethod
    def link(self, label: str, url: str) -> str:
        """A link; *label* is already written in the markup, and *url* was returned by `escaping.safe_link`."""


def surround(text: str, mark: str) -> str:
    """*text* between two *mark*s, directly beside its first and last visible character, as chat services require."""
    inside = text.strip()
    if not inside:
        return text
    start = text.index(inside)
    return f"{text[:start]}{mark}{inside}{mark}{text[start + len(inside) :]}"
