"""HTML of mails, and of services such as Matrix and Telegram (Apprise reduces it to the tags that those know)."""

from __future__ import annotations

import html
from itertools import groupby

from gateway.messages.markup.document import Document, Line, LineKind
from gateway.messages.markup.writer import Writer


class HtmlWriter(Writer):
    __slots__ = ()

    def write(self, document: Document) -> str:
        """Neighbouring lines of one kind become a `<p>`, `<ul>` or `<blockquote>`."""
        groups = groupby(document, key=lambda line: line.kind)
        return "\n".join(self._block(kind, list(lines)) for kind, lines in groups if kind is not LineKind.BLANK)

    def _block(self, kind: LineKind, lines: list[Line]) -> str:
        texts = [self.spans(line.spans) for line in lines]
        match kind:
            case LineKind.ITEM:
                return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"
            case LineKind.QUOTE:
                return "<blockquote>" + "<br/>\n".join(texts) + "</blockquote>"
            case LineKind.HEADING:
                return "\n".join(f"<p><strong>{text}</strong></p>" for text in texts)
        return "<p>" + "<br/>\n".join(texts) + "</p>"

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
