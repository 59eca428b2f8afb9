"""Keeps secrets and addresses out of whatever is logged, stored or shown."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from gateway.messages.escaping import one_line
from gateway.model import Address, Secret

MAX_DETAIL = 300
MIN_SECRET = 3
"""A shorter text is no secret, and to hide it would make a detail unreadable."""
HIDDEN = "***"


def secrets_of(address: Address) -> tuple[str, ...]:
    """Every text of *address* that must not be shown, in all the ways it may be written, the longest first."""
    texts: set[str] = set()
    for value in (address.url, address.recipient, *address.fields.values()):
        items = value if isinstance(value, tuple) else (value,)
        texts.update(item.reveal() for item in items if isinstance(item, Secret))
    if address.url:
        texts |= _parts(address.url.reveal())
    written = {way for text in texts if len(text) >= MIN_SECRET for way in _ways(text)}
    return tuple(sorted(written, key=len, reverse=True))


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """*text* on one line without any of *secrets*, at most 300 printable characters."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return one_line("".join(character if character.isprintable() else " " for character in text), MAX_DETAIL)


def _parts(url: str) -> set[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return set()
    texts = {part for part in (*parts.path.split("/"), *parts.netloc.replace(":", "@").split("@")) if len(part) > 5}
    texts |= {value for _, value in parse_qsl(parts.query) if len(value) > 5}
    if parts.password:
        texts.add(parts.password)
    return texts


def _ways(text: str) -> set[str]:
    return {text, unquote(text), quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
