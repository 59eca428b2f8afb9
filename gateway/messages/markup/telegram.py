"""HTML as Telegram has it: few tags, none for paragraphs or lists, so that lines end as in plain text.

https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

from itertools import groupby, pairwise

from gateway.messages.markup.document import BLANK, Document, Line, LineKind
from gateway.messages.markup.html import HtmlWriter


class TelegramWriter(HtmlWriter):
    __slots__ = ()

    def write(self, document: Document) -> str:
        """A quotation has room around it already, so the blank line before it goes."""
        lines = [line for line, following in pairwise((*document, BLANK)) if not _leads_to_quote(line, following)]
        pieces: list[str] = []
        for kind, group in groupby(lines, key=lambda line: line.kind):
            written = "\n".join(map(self.line, group))
            pieces.append(f"<blockquote>{written}</blockquote>" if kind is LineKind.QUOTE else written)
        return "\n".join(pieces)

    def line(self, line: Line) -> str:
        text = self.spans(line.spans)
        match line.kind:
            case LineKind.ITEM:
                return f"\u2022 {text}"
            case LineKind.HEADING:
                return self.strong(text)
        return text

    def strong(self, text: str) -> str:
        return f"<b>{text}</b>" if text.strip() else text

    def emphasis(self, text: str) -> str:
        return f"<i>{text}</i>" if text.strip() else text


def _leads_to_quote(line: Line, following: Line) -> bool:
    return line.kind is LineKind.BLANK and following.kind is LineKind.QUOTE
