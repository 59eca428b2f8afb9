"""HTML as Pushover has it: bold, italic and links, and no tag for quotations, lists or code.

https://pushover.net/api#html
"""

from __future__ import annotations

import html

from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.telegram import TelegramWriter


class PushoverWriter(TelegramWriter):
    __slots__ = ()

    def piece(self, line: Line, before: LineKind | None, after: LineKind | None) -> str:  # noqa: ARG002
        return self.line(line) if before is None else f"<br>{self.line(line)}"

    def line(self, line: Line) -> str:
        text = super().line(line)
        return f"&gt; {text}" if line.kind is LineKind.QUOTE else text

    def code(self, text: str) -> str:
        return html.escape(text, quote=False)
