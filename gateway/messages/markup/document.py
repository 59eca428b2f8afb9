"""The parsed Markdown of a message: lines of spans, independent of any service's markup."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Text:
    """Text that the reader sees exactly as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    inside: Spans


@dataclass(frozen=True, slots=True)
class Emphasis:
    inside: Spans


@dataclass(frozen=True, slots=True)
class Link:
    inside: Spans
    url: str


Span = Text | Code | Strong | Emphasis | Link
Spans = tuple[Span, ...]


def spans_length(spans: Spans) -> int:
    """Characters of the text in *spans*."""
    length = 0
    for span in spans:
        length += len(span.text) if isinstance(span, Text | Code) else spans_length(span.inside)
    return length


class LineKind(StrEnum):
    PLAIN = "plain"
    BLANK = "blank"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Line:
    kind: LineKind
    spans: Spans = ()
    length: int = field(init=False, repr=False, compare=False)
    """Characters of its text, without markup and addresses of links."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", spans_length(self.spans))


Document = tuple[Line, ...]
BLANK = Line(LineKind.BLANK)


def literal(text: str) -> Document:
    """A document that shows exactly *text*."""
    return tuple(Line(LineKind.PLAIN, (Text(line),)) if line.strip() else BLANK for line in text.splitlines())


def titled(title: str, body: Document) -> Document:
    """*body* below *title*, for services that have no separate title."""
    if not title:
        return body
    heading = Line(LineKind.HEADING, (Text(title),))
    return (heading, BLANK, *body) if body else (heading,)


def text_length(document: Document) -> int:
    """Characters of the text that a reader sees, without markup, addresses of links and line breaks."""
    return sum([line.length for line in document])
