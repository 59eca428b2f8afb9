"""Keeps secrets and addresses out of whatever is logged, stored or shown."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from gateway.messages.escaping import one_line
from gateway.model import Address, Secret

MAX_DETAIL = 300
SHORTEST = 3
"""A shorter text is no secret, and to blank it would make a detail unreadable."""
HIDDEN = "***"


def secrets_of(address: Address) -> tuple[str, ...]:
    """Every text of *address* that must not be shown, in all the ways it may be written, the longest first."""
    texts: set[str] = set()
    for value in (address.url, address.recipient, *address.fields.values()):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Secret):
                texts.add(one.reveal())
    if address.url:
        texts |= _parts(address.url.reveal())
    written = {way for text in texts if len(text) >= SHORTEST for way in _ways(text)}
    return tuple(sorted(written, key=len, reverse=True))


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """*text* on one line without any of *secrets*, at most 300 printable characters."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return one_line("".join(one if one.isprintable() else " " for one in text), MAX_DETAIL)


def _parts(url: str) -> set[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return set()
    found = {part for part in (*parts.path.split("/"), *parts.netloc.replace(":", "@").split("@")) if len(part) > 5}
    found |= {value for _, value in parse_qsl(parts.query) if len(value) > 5}
    if parts.password:
        found.add(parts.password)
    return found


def _ways(text: str) -> set[str]:
    return {text, unquote(text), quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
