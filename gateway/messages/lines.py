"""Removes lines of a template that contain only tags and are empty afterwards.

Jinja's `trim_blocks` removes the line break after every tag, even after one at the end of a text, and so joins that
line to the next. Without it, each line with only tags, and each optional line whose condition does not hold, would be a
blank line, which separates paragraphs. So the end of each line with a tag is marked before Jinja parses it, and after
rendering, lines that are blank and marked are removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

MARK = "\x00"
"""Cannot occur in a value of an event, since control characters are removed from them."""


class MarkLines(Extension):
    """Marks the end of each line of a template that has a tag."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        has_tag = False
        for token in stream:
            if token.type == "block_begin":
                has_tag = True
            if token.type == "data" and "\n" in token.value:
                marked = token.value.replace("\n", f"{MARK}\n", 1) if has_tag else token.value
                has_tag = False
                yield Token(token.lineno, token.type, marked)
            else:
                yield token


def drop_empty_lines(text: str) -> str:
    """*text* without the marks, and without the lines that are marked and blank."""
    if MARK not in text:
        return text
    lines = text.split("\n")
    return "\n".join(line.replace(MARK, "") for line in lines if MARK not in line or line.replace(MARK, "").strip())
