"""Slack's mrkdwn: no backslash escapes, entities for `&`, `<` and `>`, links as `<url|text>`.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re

from gateway.messages.invisible import WORD_JOINER
from gateway.messages.markup.document import Line, LineKind
from gateway.messages.markup.writer import MENTION, Writer, surround

MARK = re.compile(r"(?<!\w)[*_~`](?=\S)|(?<=\S)[*_~`](?!\w)")
"""May begin or end bold, italic, struck-out or code text. An invisible character on each side makes it literal."""
CONTROL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
BOX_DRAWING_LINE = "\u2502"
"""Replaces `|` in the text of a link, for which Slack has no escape."""


class SlackWriter(Writer):
    __slots__ = ()

    def line(self, line: Line) -> str:
        return f"\u2022 {self.spans(line.spans)}" if line.kind is LineKind.ITEM else super().line(line)

    def escape(self, text: str) -> str:
        text = MARK.sub(lambda mark: f"{WORD_JOINER}{mark[0]}{WORD_JOINER}", text).translate(CONTROL)
        return MENTION.sub(f"@{WORD_JOINER}", text) if self.breaks_mentions else text

    def bare_url(self, url: str) -> str:
        return super().bare_url(url).translate(CONTROL)

    def code(self, text: str) -> str:
        return self.text(text) if "`" in text else f"`{text.translate(CONTROL)}`"

    def strong(self, text: str) -> str:
        return surround(text, "*")

    def emphasis(self, text: str) -> str:
        return surround(text, "_")

    def link(self, label: str, url: str) -> str:
        return f"<{url.translate(CONTROL)}|{label.replace('|', BOX_DRAWING_LINE)}>"
