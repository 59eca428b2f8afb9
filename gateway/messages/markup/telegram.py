"""HTML as Telegram has it: few tags, none for paragraphs or lists, so that lines end as in plain text.

https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.html import HtmlWriter


class TelegramWriter(HtmlWriter):
    __slots__ = ()

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:
        """A quotation has room around it already, so the blank line before it goes."""
        if line.kind is LineKind.BLANK and after is LineKind.QUOTE:
            return ""
        text = self.line(line)
        if line.kind is LineKind.QUOTE:
            start = "" if before is LineKind.QUOTE else "<blockquote>"
            text = start + text + ("" if after is LineKind.QUOTE else "</blockquote>")
        return text if before is None else f"\n{text}"

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
