"""Text of an event, so that a message shows it and nothing more: no markup, no control characters, safe links.

A template's own markup is trusted, the values in it are not.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

MAX_TITLE = 200
LINK_SCHEMES = ("http", "https", "mailto")
WORD_JOINER = "\u2060"
"""Invisible: stands between `@` and a name where a service would take it for a mention."""

MARKUP = re.compile(r"([\\`*_\[\]#])")
LINE_START = re.compile(r"(?m)^(\s*)([->])")


LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What some reader, if not every one, takes for the end of a line."""
MAX_LINK = 2000
"""Longest link; browsers and chat services refuse longer ones."""


def escape(text: str) -> str:
    """*text* as Markdown (that of `markup`) which shows just it."""
    return LINE_START.sub(r"\1\\\2", MARKUP.sub(r"\\\1", printable(text)))


def printable(text: str) -> str:
    """*text* without control, bidirectional-override and zero-width characters; tabs stay, and line breaks as `\n`."""
    if text.isascii() and text.isprintable():
        return text
    text = LINE_BREAK.sub("\n", text)
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs"))


def one_line(text: str, most: int = MAX_TITLE) -> str:
    """*text* on one line, at most *most* characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= most else line[: most - 1] + "\u2026"


def safe_link(text: str) -> str:
    """*text* when it is a web or mail address, in a form that ends no Markdown link; else empty."""
    text = text.strip()
    if len(text) > MAX_LINK or " " in text or not text.isprintable():  # no other white space is printable
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in LINK_SCHEMES or not (parts.netloc or parts.scheme == "mailto"):
        return ""
    return quote(text, safe="%/:=&?~#+!$,;'@*-._")
