"""Text of an event, so that a message shows it and nothing more: no markup, no control characters, safe links.

A template's own markup is trusted, the values in it are not.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from gateway.messages.boundaries import cut_place
from gateway.messages.invisible import printable

MAX_TITLE = 200
LINK_SCHEMES = ("http", "https", "mailto")
MARKUP = str.maketrans({character: f"\\{character}" for character in "\\`*_[]()#"})
LINE_START = re.compile(r"(?m)^([^\S\n]*)([->])")
MAX_LINK = 2000
"""Longest link; browsers and chat services refuse longer ones."""
ELLIPSIS = "\u2026"


def escape(text: str) -> str:
    """*text* as Markdown (that of `markup`) which shows just it."""
    text = printable(text).translate(MARKUP)
    if "-" in text or ">" in text:
        text = LINE_START.sub(r"\1\\\2", text)
    return text


def one_line(text: str, max_length: int = MAX_TITLE) -> str:
    """*text* on one line, at most *max_length* characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= max_length else line[: cut_place(line, max_length - 1)] + ELLIPSIS


def safe_link(text: str) -> str:
    """*text* when it is a web or mail address, without any character that RFC 3986 does not allow; else empty."""
    text = text.strip()
    if len(text) > MAX_LINK or " " in text or not text.isprintable():  # no other white space is printable
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in LINK_SCHEMES or not (parts.netloc or parts.scheme == "mailto"):
        return ""
    link = quote(text, safe="%/:=&?~#+!$,;'@*-._()")
    return link if len(link) <= MAX_LINK else ""


def markdown_link(label: str, url: str) -> str:
    """A link in the Markdown of `markup`, from a plain *label* and an *url* of any form."""
    return f"[{escape(label)}]({url.translate(MARKUP)})"
