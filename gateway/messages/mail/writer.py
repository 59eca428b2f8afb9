"""Writes the HTML of a mail's body. Every tag has its style inline, since mail programs drop style sheets."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.html import Block, HtmlWriter

BLOCK = "margin:0 0 14px 0;"
ITEM = "margin:0 0 4px 0;"
QUOTE = f"{BLOCK}padding:2px 0 2px 14px;border-left:3px solid #d0d7de;color:#57606a;"
CODE = (
    "padding:1px 5px;border-radius:4px;background-color:#eef1f4;"
    "font-family:SFMono-Regular,Consolas,'Liberation Mono',Menlo,monospace;font-size:90%;"
)


BLOCKS: Mapping[LineKind, Block] = {
    LineKind.PLAIN: Block(f'<p style="{BLOCK}">', "<br>\n", "</p>"),
    LineKind.HEADING: Block(
        f'<p style="{BLOCK}"><strong>', f'</strong></p>\n<p style="{BLOCK}"><strong>', "</strong></p>"
    ),
    LineKind.ITEM: Block(
        f'<ul style="{BLOCK}padding:0 0 0 22px;"><li style="{ITEM}">', f'</li><li style="{ITEM}">', "</li></ul>"
    ),
    LineKind.QUOTE: Block(f'<blockquote class="quote" style="{QUOTE}">', "<br>\n", "</blockquote>"),
}


@dataclass(frozen=True, slots=True)
class MailWriter(HtmlWriter):
    """The classes are those for which the template sets colours in dark mode."""

    link_color: str
    blocks: ClassVar[Mapping[LineKind, Block]] = BLOCKS

    def code(self, text: str) -> str:
        return f'<code class="code" style="{CODE}">{html.escape(text, quote=False)}</code>'

    def link(self, label: str, url: str) -> str:
        style = f"color:{self.link_color};text-decoration:underline;"
        return f'<a class="link" href="{html.escape(url)}" style="{style}">{label}</a>'


class InlineMailWriter(MailWriter):
    """The text without paragraphs, for a table cell."""

    __slots__ = ()

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:  # noqa: ARG002
        return self.spans(line.spans) if before is None else f"<br>{self.spans(line.spans)}"
