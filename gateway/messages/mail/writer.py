"""The HTML of a mail's body: styles stand on each tag, since mail programs drop those of a style sheet."""

from __future__ import annotations

import html
from dataclasses import dataclass

from gateway.messages.markup.document import Document, Line, LineKind
from gateway.messages.markup.html import HtmlWriter

BLOCK = "margin:0 0 14px 0;"
QUOTE = f"{BLOCK}padding:2px 0 2px 14px;border-left:3px solid #d0d7de;color:#57606a;"
CODE = (
    "padding:1px 5px;border-radius:4px;background-color:#eef1f4;"
    "font-family:SFMono-Regular,Consolas,'Liberation Mono',Menlo,monospace;font-size:90%;"
)


@dataclass(frozen=True, slots=True)
class MailWriter(HtmlWriter):
    """The classes are those that the template gives colours in dark mode."""

    link_color: str

    def write_inline(self, document: Document) -> str:
        """Without paragraphs, for the cell of a table."""
        return "<br>".join(self.spans(line.spans) for line in document)

    def _block(self, kind: LineKind, lines: list[Line]) -> str:
        texts = [self.spans(line.spans) for line in lines]
        match kind:
            case LineKind.ITEM:
                items = "".join(f'<li style="margin:0 0 4px 0;">{text}</li>' for text in texts)
                return f'<ul style="{BLOCK}padding:0 0 0 22px;">{items}</ul>'
            case LineKind.QUOTE:
                return f'<blockquote class="quote" style="{QUOTE}">' + "<br>\n".join(texts) + "</blockquote>"
            case LineKind.HEADING:
                return "\n".join(f'<p style="{BLOCK}"><strong>{text}</strong></p>' for text in texts)
        return f'<p style="{BLOCK}">' + "<br>\n".join(texts) + "</p>"

    def code(self, text: str) -> str:
        return f'<code class="code" style="{CODE}">{html.escape(text, quote=False)}</code>'

    def link(self, label: str, url: str) -> str:
        style = f"color:{self.link_color};text-decoration:underline;"
        return f'<a class="link" href="{html.escape(url)}" style="{style}">{label}</a>'
