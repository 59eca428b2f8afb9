"""HTML as Pushover has it: bold, italic and links, and no tag for quotations, lists or code.

https://pushover.net/api#html
"""

from __future__ import annotations

import html

from gateway.messages.markup.document import Document, Line, LineKind
from gateway.messages.markup.telegram import TelegramWriter


class PushoverWriter(TelegramWriter):
    __slots__ = ()

    def write(self, document: Document) -> str:
        return "<br>".join(map(self.line, document))

    def line(self, line: Line) -> str:
        text = super().line(line)
        return f"&gt; {text}" if line.kind is LineKind.QUOTE else text

    def code(self, text: str) -> str:
        return html.escape(text, quote=False)
