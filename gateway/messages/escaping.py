"""Escapes text of an event, so that a message shows it and nothing more: no markup, control characters or unsafe links.

The markup of a template is trusted, the values in it are not.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from gateway.domain_names import in_ascii
from gateway.messages.boundaries import cut_place
from gateway.messages.invisible import printable

MAX_TITLE = 200
WEB_SCHEMES = ("http", "https")
URL_CHARACTERS = "%/:=&?~+!$,;'@*-._()"
UNQUOTED = re.compile(r"[A-Za-z0-9/:=&?~+!$,;'@*._()-]*(?:#[A-Za-z0-9/:=&?~+!$,;'@*._()-]*)?")
"""A part of a URL in which every character may stand as it is, as in most."""
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
HOST = re.compile(r"(?:[a-z0-9_][a-z0-9_-]{0,62}\.)*[a-z0-9_][a-z0-9_-]{0,62}\.?", re.IGNORECASE)
"""A domain name, the name of a machine, or an IPv4 address."""
MAX_HOST = 253
MENTION_IN_URL = re.compile(r"(?<![\w.+-])@(?=(?:everyone|here|channel|all|room|group)\b)", re.IGNORECASE)
"""Calls a whole channel. Some services look for it in URLs too, where its percent code means the same."""
MARKUP = str.maketrans({character: f"\\{character}" for character in "\\`*_[]()#"})
LINE_START = re.compile(r"(?m)^([^\S\n]*)([->])")
MAX_LINK = 2000
"""The longest link; browsers and chat services refuse longer ones."""
ELLIPSIS = "\u2026"


def escape(text: str) -> str:
    """*text* as Markdown (that of `markup`) that shows exactly this text."""
    text = printable(text).translate(MARKUP)
    if "-" in text or ">" in text:
        text = LINE_START.sub(r"\1\\\2", text)
    return text


def one_line(text: str, max_length: int = MAX_TITLE) -> str:
    """*text* on one line, at most *max_length* characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= max_length else line[: cut_place(line, max_length - 1)] + ELLIPSIS


def safe_link(text: str) -> str:
    """*text* as a web or mail address that every service takes, without any character that RFC 3986 does not allow;
    empty when it is no such address. A domain with letters beyond ASCII is written in ASCII (IDNA)."""
    text = text.strip()
    if len(text) > MAX_LINK or " " in text or not text.isprintable():  # no other white space is printable
        return ""
    try:
        parts = urlsplit(text)
        scheme, authority, host, port = parts.scheme, parts.netloc, parts.hostname or "", parts.port
    except ValueError:
        return ""
    if scheme == "mailto":
        link = f"{scheme}:{_quoted(text[len('mailto:') :])}" if "@" in parts.path and not authority else ""
    elif scheme in WEB_SCHEMES and HOST.fullmatch(host := in_ascii(host) or "") and len(host) <= MAX_HOST:
        user = f"{_quoted(authority.rpartition('@')[0])}@" if "@" in authority else ""
        rest = MENTION_IN_URL.sub("%40", _quoted(text[len(f"{scheme}://{authority}") :]))
        link = f"{scheme}://{user}{host}{'' if port is None else f':{port}'}{rest}"
    else:
        return ""
    return link if len(link) <= MAX_LINK else ""


def _quoted(text: str) -> str:
    """A part of a URL with percent codes for what may not stand there. Codes that are in it stay."""
    if UNQUOTED.fullmatch(text):
        return text
    before, mark, fragment = LONE_PERCENT.sub("%25", text).partition("#")
    return quote(before, safe=URL_CHARACTERS) + mark + quote(fragment, safe=URL_CHARACTERS)


def markdown_link(label: str, url: str) -> str:
    """A link in the Markdown of `markup`, from a plain *label* and an *url* in any form."""
    return f"[{escape(label)}]({url.translate(MARKUP)})"
