"""Cutting a document to a length: at the end of a whole sign, never within a URL, and saying how much is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.messages import words
from gateway.messages.boundaries import cut_place
from gateway.messages.markup.document import (
    Code,
    Document,
    Line,
    LineKind,
    Span,
    Spans,
    Text,
    spans_length,
    text_length,
)

ELLIPSIS = "\u2026"
MIN_LIMIT_FOR_COUNT = 100
"""Below this limit the count of the missing characters would take too much of the text's own room."""


def fit(
    document: Document,
    write: Callable[[Document], str],
    measure: Callable[[str], int],
    limit: int,
    ellipsis: str,
    says_count: bool,
) -> str:
    """*document* as *write* writes it; when *measure* finds it longer than *limit*, the longest beginning that fits.

    The limit holds for the written text, whose markup and escapes take room too, so the place to cut at cannot be
    computed: it is searched for by bisection. The written text need not grow with each character (a digit of the
    count may go as one is added), which does no harm, as only a text that was measured is returned.
    """
    written = write(document)
    if measure(written) <= limit:
        return written
    says_count = says_count and limit >= MIN_LIMIT_FOR_COUNT
    length = text_length(document)
    # No character takes less than one unit, so a text longer than the limit cannot fit.
    low, high, best = 0, min(length, limit), ""
    while low <= high:
        middle = (low + high) // 2
        written = write(shorten(document, middle, ellipsis, says_count=says_count))
        if measure(written) <= limit:
            best, low = written, middle + 1
        else:
            high = middle - 1
    return best


def shorten(document: Document, length: int, ellipsis: str = ELLIPSIS, *, says_count: bool = True) -> Document:
    """At most the first *length* characters of the text of *document*, then *ellipsis* and how many are missing.

    A list at the end is cut between two items, and says how many of them are missing.
    """
    total = text_length(document)
    lines: list[Line] = []
    room = length
    for number, line in enumerate(document):
        line_length = spans_length(line.spans)
        if line_length >= room:
            rest = document[number:]
            is_within_list = bool(lines) and lines[-1].kind is LineKind.ITEM
            if says_count and is_within_list and all(line.kind is LineKind.ITEM for line in rest):
                return (*lines, Line(LineKind.ITEM, (Text(words.counted(words.current().more, len(rest))),)))
            lines.append(replace(line, spans=_shorten_spans(line.spans, room)))
            break
        lines.append(line)
        room -= line_length
    missing = total - text_length(tuple(lines))
    marker = f"{ellipsis} ({words.counted(words.current().more_characters, missing)})" if says_count else ellipsis
    if not lines:
        return (Line(document[0].kind, (Text(marker),)),) if document else ()
    return (*lines[:-1], replace(lines[-1], spans=(*lines[-1].spans, Text(marker))))


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
