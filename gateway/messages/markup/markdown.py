"""CommonMark, in the variants of chat services such as Discord, Teams, Mattermost and Zulip."""

from __future__ import annotations

import re

from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup.document import Line, LineKind, Text
from gateway.messages.markup.writer import TAG, Writer, surround

MARK = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)
    | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | [`\[\]] | ~(?=~) | (?<=~)~ | \|(?=\|) | (?<=\|)\|
    | &(?=\#?\w{1,32};)""",
    re.VERBOSE,
)
"""A character that would be markup in its place. Others get no backslash, because some services show it."""
LINE_START = re.compile(r"^(\s*\d{1,9}(?=[.)](?:\s|$))|\s*(?=[-+#>=]))")
"""What would make a line a heading, an item, a quotation or the underline of a heading."""
HARD_BREAK = "  "
BALANCED = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")
"""A link's address whose brackets may stay; an unbalanced one would end the link."""


class MarkdownWriter(Writer):
    __slots__ = ()

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:
        text = super().piece(line, before, after)
        if line.kind is after and line.kind in (LineKind.PLAIN, LineKind.QUOTE):
            return text + HARD_BREAK  # otherwise Markdown joins the two lines into one paragraph
        return text

    def line(self, line: Line) -> str:
        text = super().line(line)
        if line.kind is LineKind.PLAIN and line.spans and isinstance(line.spans[0], Text):
            return LINE_START.sub(r"\1\\", text)
        return text

    def escape(self, text: str) -> str:
        return self.break_mentions(MARK.sub(lambda mark: f"\\{mark[0]}", text))

    def bare_url(self, url: str) -> str:
        """A backslash would become a part of the URL; only what could end a link around it is percent-encoded."""
        return super().bare_url(url).replace("](", "%5D(")

    def code(self, text: str) -> str:
        if "`" in text:
            return self.text(text)
        return f"`{TAG.sub(f'<{WORD_JOINER}', text)}`"

    def strong(self, text: str) -> str:
        return surround(text, "**")

    def emphasis(self, text: str) -> str:
        return surround(text, "*")

    def link(self, label: str, url: str) -> str:
        return f"[{label}]({url if BALANCED.fullmatch(url) else url.replace('(', '%28').replace(')', '%29')})"
