"""Cuts a document to a length: after a whole visible character, never within a URL, with the number of missing
characters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from gateway.messages import words
from gateway.messages.boundaries import cut_place
from gateway.messages.markup.document import (
    Code,
    Document,
    Line,
    LineKind,
    Link,
    Span,
    Spans,
    Text,
    spans_length,
    text_length,
)
from gateway.messages.markup.writer import Writer

ELLIPSIS = "\u2026"
MIN_LIMIT_FOR_COUNT = 100
"""Below this limit, the number of missing characters would take too much room."""


def write_if_short(document: Document, writer: Writer, measure: Callable[[str], int], limit: int) -> str | None:
    """*document* as *writer* writes it; None when *measure* finds that longer than *limit*."""
    # Writing a long text costs far more than measuring it, so one that is too long without any markup is not written.
    if text_length(document) > limit and measure("".join(_text_outside_links(line.spans) for line in document)) > limit:
        return None
    written = writer.write(document)
    return written if measure(written) <= limit else None


def fit(
    document: Document,
    writer: Writer,
    measure: Callable[[str], int],
    limit: int,
    ellipsis: str,
    says_count: bool,
) -> str:
    """*document* as *writer* writes it; when *measure* finds it longer than *limit*, the longest beginning that fits.

    The limit holds for the written text, whose markup and escapes take room too, so the place to cut at cannot be
    computed: it is searched for by bisection. The written text need not grow with each character (a digit of the
    count may go as one is added), which does no harm, as only a text that was measured is returned.

    The lines that may stay whole are written once. Each step of the search writes only the line that it cuts, and not
    even that one when its bare text is too long already.
    """
    whole = write_if_short(document, writer, measure, limit)
    if whole is not None or not document:
        return whole or ""
    cutter = _Cutter.of(document, ellipsis, says_count=says_count and limit >= MIN_LIMIT_FOR_COUNT)
    # A character takes at least one unit, so a text with more characters than the limit cannot fit.
    low, high, best = 0, min(cutter.ends[-1], limit), ""
    kinds = [line.kind for line in document[: bisect_left(cutter.ends, high) + 2]]
    pieces = list(map(writer.piece, document, (None, *kinds), kinds[1:]))
    written = "".join(pieces)
    starts = [0, *accumulate(map(len, pieces))]
    while low <= high:
        middle = (low + high) // 2
        count, line = cutter.cut(middle)
        above = written[: starts[count]]
        if measure(above + _text_outside_links(line.spans)) <= limit:
            text = above + writer.piece(line, kinds[count - 1] if count else None, None)
            if measure(text) <= limit:
                best, low = text, middle + 1
                continue
        high = middle - 1
    return best


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts a document at any length, without going through it again."""

    document: Document
    ends: Sequence[int]
    """Characters of the text up to the end of each line."""
    last_list: int
    """The line with which the list at the end begins; behind the last line when there is none."""
    ellipsis: str
    says_count: bool

    @classmethod
    def of(cls, document: Document, ellipsis: str, *, says_count: bool) -> _Cutter:
        last_list = len(document)
        while last_list and document[last_list - 1].kind is LineKind.ITEM:
            last_list -= 1
        ends = list(accumulate(line.length for line in document))
        return cls(document, ends, last_list, ellipsis, says_count)

    def cut(self, length: int) -> tuple[int, Line]:
        """The first *length* characters: (the number of lines that are whole, the line behind these).

        That line is cut, and ends with the ellipsis and how many characters are missing. A list at the end is cut
        between two items, and says how many of them are missing.
        """
        count = bisect_left(self.ends, length)
        if self.says_count and count > self.last_list:
            missing = len(self.document) - count
            return count, Line(LineKind.ITEM, (Text(words.counted(words.current().more, missing)),))
        before = self.ends[count - 1] if count else 0
        spans = _shorten_spans(self.document[count].spans, length - before)
        marker = self.ellipsis
        if self.says_count:
            missing = self.ends[-1] - before - spans_length(spans)
            marker = f"{marker} ({words.counted(words.current().more_characters, missing)})"
        return count, replace(self.document[count], spans=(*spans, Text(marker)))


def _text_outside_links(spans: Spans) -> str:
    """The text in *spans* that is part of whatever is written; the label of a link need not be."""
    return "".join(
        span.text if isinstance(span, Text | Code) else _text_outside_links(span.inside)
        for span in spans
        if not isinstance(span, Link)
    )


def _shorten_spans(spans: Spans, room: int) -> Spans:
    shortened: list[Span] = []
    for span in spans:
        if room <= 0:
            break
        if isinstance(span, Text | Code):
            length = len(span.text)
            shortened.append(span if length <= room else replace(span, text=span.text[: cut_place(span.text, room)]))
        else:
            length = spans_length(span.inside)
            shortened.append(span if length <= room else replace(span, inside=_shorten_spans(span.inside, room)))
        room -= length
    return tuple(shortened)
