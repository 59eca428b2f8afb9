"""HTML of mails, and of services such as Matrix (Apprise reduces it to the tags that those know)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.writer import Writer


class Block(NamedTuple):
    """What stands around neighbouring lines of one kind."""

    start: str
    between: str
    end: str


BLOCKS: Mapping[LineKind, Block] = {
    LineKind.PLAIN: Block("<p>", "<br/>\n", "</p>"),
    LineKind.HEADING: Block("<p><strong>", "</strong></p>\n<p><strong>", "</strong></p>"),
    LineKind.ITEM: Block("<ul><li>", "</li><li>", "</li></ul>"),
    LineKind.QUOTE: Block("<blockquote>", "<br/>\n", "</blockquote>"),
}


class HtmlWriter(Writer):
    __slots__ = ()
    blocks: ClassVar[Mapping[LineKind, Block]] = BLOCKS

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:
        kind = line.kind
        if kind is LineKind.BLANK:
            return ""
        block = self.blocks[kind]
        start = "" if before is kind else block.start if before is None else f"\n{block.start}"
        return start + self.spans(line.spans) + (block.between if after is kind else block.end)

    def escape(self, text: str) -> str:
        return html.escape(self.break_mentions(text), quote=False)

    def bare_url(self, url: str) -> str:
        return html.escape(super().bare_url(url), quote=False)

    def code(self, text: str) -> str:
        return f"<code>{html.escape(text, quote=False)}</code>"

    def strong(self, text: str) -> str:
        return f"<strong>{text}</strong>" if text.strip() else text

    def emphasis(self, text: str) -> str:
        return f"<em>{text}</em>" if text.strip() else text

    def link(self, label: str, url: str) -> str:
        return f'<a href="{html.escape(url)}">{label}</a>'
