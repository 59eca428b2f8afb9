"""Plain text: mail's text part, text messages, and services that show no markup."""

from __future__ import annotations

from gateway.messages import words
from gateway.messages.markup.writer import Writer


class TextWriter(Writer):
    __slots__ = ()

    def text(self, text: str) -> str:
        return super().text(text) if self.breaks_mentions else text

    def escape(self, text: str) -> str:
        return self.break_mentions(text)

    def code(self, text: str) -> str:
        return self.text(text)

    def strong(self, text: str) -> str:
        return text

    def emphasis(self, text: str) -> str:
        return text

    def link(self, label: str, url: str) -> str:
        # In plain text, the gateway's own label of a link adds nothing to the URL.
        return (
            label if url == f"mailto:{label}" else url if label in (url, words.current().open) else f"{label} ({url})"
        )
