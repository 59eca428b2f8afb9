"""How text of an event is written so that a channel shows it literally: no links, mentions, markup.

A template's own markup is trusted, the values in it are not.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from urllib.parse import quote, urlsplit

TITLE_MOST = 200
LINK_SCHEMES = ("http", "https", "mailto")
WORD_JOINER = "\u2060"
"""Invisible: stands between `@` and a name so that no service takes it for a mention."""


class Dialect(StrEnum):
    """What the body of a message is written in."""

    MARKDOWN = "markdown"
    """CommonMark, for services that show Markdown."""
    HTML = "html"
    """Markdown on its way to HTML: values have HTML entities too, since converters let HTML pass."""
    TEXT = "text"
    """Plain: the template's own markup is left out."""


MARKUP = re.compile(r"([\\`*_\[\]#|~])")
LINE_START = re.compile(r"(?m)^(\s*)(>|(?:[-+=]|\d+[.)])(?=\s|[-+=]))")
TAG_START = re.compile(r"<(?=[A-Za-z!/@#?])")
MENTION = re.compile(r"(?<![\w.+-])@(?=[\w&!])")
"""Not the @ of an e-mail address."""


def escape(text: str, dialect: Dialect) -> str:
    """*text* so that *dialect* shows just it."""
    text = printable(text)
    if dialect is Dialect.TEXT:
        return text
    text = MARKUP.sub(r"\\\1", text)
    if dialect is Dialect.HTML:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    else:
        text = TAG_START.sub(r"\\<", text)
    text = LINE_START.sub(rf"\1{WORD_JOINER}\2", text)
    return MENTION.sub(f"@{WORD_JOINER}", text)


def printable(text: str) -> str:
    """*text* without control, bidirectional-override and zero-width characters; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs"))


def one_line(text: str, most: int = TITLE_MOST) -> str:
    """*text* on one line, at most *most* characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= most else line[: most - 1] + "\u2026"


def safe_link(text: str) -> str:
    """*text* when it is a web or mail address, in a form that ends no Markdown link; else empty."""
    text = text.strip()
    if any(one.isspace() or not one.isprintable() for one in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in LINK_SCHEMES or not (parts.netloc or parts.scheme == "mailto"):
        return ""
    return quote(text, safe="%/:=&?~#+!$,;'@*-._")
