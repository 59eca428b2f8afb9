"""A text is cut where writing all of it again and again would cut it, but without that work."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.messages import markup
from gateway.messages.mail.writer import InlineMailWriter, MailWriter
from gateway.messages.markup import WRITERS, Document, Markup, cut
from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.text import TextWriter
from gateway.messages.markup.writer import Writer
from gateway.messages.measure import Unit, gsm_length, measured_in

PARTS = (
    "word ", "\n", "\n\n", "\n- item ", "\n> q ", "\n# h ", "**bold** ", "`c` ", "[Open](https://x.example/a?b=1) ",
    "[label](https://x.example/) ", "https://x.example/a_b(c)? ", "\U0001f468\u200d\U0001f469", "e\u0301",
    "\U0001f1e9\U0001f1ea", "&amp;", "<b> @here ", "\\*", "**", "_a", "\u4f60",
)  # fmt: skip
MAIL_WRITERS = [writer(False, "#123456") for writer in (MailWriter, InlineMailWriter)]
ALL_WRITERS = [*(writer(breaks) for writer in WRITERS.values() for breaks in (False, True)), *MAIL_WRITERS]
MEASURES = [*map(measured_in, Unit), gsm_length]


def cut_by_writing_it_all(document: Document, writer: Writer, measure: Callable[[str], int], limit: int) -> str:
    whole = writer.write(document)
    if measure(whole) <= limit or not document:
        return whole if measure(whole) <= limit else ""
    cutter = cut._Cutter.of(document, "\u2026", says_count=limit >= cut.MIN_LIMIT_FOR_COUNT)
    low, high, best = 0, min(cutter.ends[-1], limit), ""
    while low <= high:
        middle = (low + high) // 2
        count, line = cutter.cut(middle)
        text = writer.write((*document[:count], line))
        if measure(text) <= limit:
            best, low = text, middle + 1
        else:
            high = middle - 1
    return best


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(PARTS), max_size=60).map("".join),
    st.sampled_from(ALL_WRITERS),
    st.sampled_from(MEASURES),
    st.integers(-1, 260),
)
@example("word \nword ", WRITERS[Markup.PUSHOVER](False), len, 8)
def test_a_text_is_cut_as_if_all_of_it_were_written_at_each_step(
    text: str, writer: Writer, measure: Callable[[str], int], limit: int
) -> None:
    document = markup.parse(text)
    expected = cut_by_writing_it_all(document, writer, measure, limit)
    assert cut.fit(document, writer, measure, limit, "\u2026", says_count=True) == expected


@pytest.mark.parametrize("kind", [Markup.TEXT, Markup.MARKDOWN, Markup.SLACK])
def test_a_text_that_is_cut_at_a_blank_line_ends_with_the_ellipsis(kind: Markup) -> None:
    assert markup.fit(markup.literal("\nA line that has no room"), kind, 1) == "\u2026"


class CountingWriter(TextWriter):
    __slots__ = ()
    lengths: ClassVar[list[int]] = []
    """Of every line that was written."""

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:
        text = super().piece(line, before, after)
        self.lengths.append(len(text))
        return text


@pytest.mark.parametrize(
    "text", ["\U0001f600" * 30_000, "word " * 6_000, "\U0001f600\n" * 10_000, "a https://x.example\n" * 2_000]
)
def test_cutting_a_long_text_writes_little_more_than_fits(text: str) -> None:
    writer, limit = CountingWriter(breaks_mentions=True), 4000
    writer.lengths.clear()
    written = cut.fit(markup.parse(text), writer, measured_in(Unit.JSON), limit, "\u2026", says_count=True)
    assert 0.9 * limit < measured_in(Unit.JSON)(written) <= limit
    assert sum(writer.lengths) < 12 * len(written) + limit


@pytest.mark.parametrize("kind", Markup)
def test_a_text_that_is_short_is_written_whole(kind: Markup) -> None:
    document = markup.parse("**a** [Open](https://x.example/)\n\n- b\n- c")
    written = markup.write(document, kind)
    assert markup.write_if_short(document, kind, len(written)) == written
    assert markup.write_if_short(document, kind, len(written) - 1) is None
