"""Keeps secrets and addresses out of everything that is logged, stored or shown."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from gateway.messages.escaping import one_line
from gateway.model import Address, Secret

MAX_DETAIL = 300
HIDDEN = "***"
MIN_SECRET = 2
"""A single character is no secret, and hiding it would make a text unreadable."""
MIN_INSIDE = 4
"""A shorter secret is hidden only where it is a whole word, not inside one."""
MIN_ENCODED = 6
"""The shortest secret, in bytes, that is searched for inside base64, where any four letters may occur by chance."""
MIN_PART = 6
"""The shortest part of a URL that is taken for a secret."""
MIN_DIGITS = 7
"""The fewest digits of a telephone number that is hidden in any punctuation."""

BASE64 = "A-Za-z0-9+/_-"
AUTHORIZATION = re.compile(r"(authorization[\"']?\s*[:=]\s*[\"']?)(?:\w+\s+)?[^\s\"',;]+", re.IGNORECASE)
"""The header with the credentials of a request, as a provider may repeat it."""
BASIC = re.compile(rf"\b(basic\s+)([{BASE64}]{{4,}}=*)", re.IGNORECASE)


def secrets_of(address: Address, recipients: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The texts of *address* that must not be shown, and its *recipients* in the YAML; the longest first.

    The parts of a secret URL may be secrets by themselves.
    """
    texts = set(recipients)
    for value in (address.url, address.recipient, *address.fields.values()):
        items = value if isinstance(value, tuple) else (value,)
        texts.update(item.reveal() for item in items if isinstance(item, Secret))
    if address.url:
        with suppress(ValueError):
            url = urlsplit(address.url.reveal())
            parts = {*url.path.split("/"), *url.netloc.replace(":", "@").split("@")}
            parts |= {value for _, value in parse_qsl(url.query)}
            texts |= {part for part in parts if len(part) >= MIN_PART}
            if url.password:  # however short it is
                texts.add(url.password)
    return tuple(sorted((text for text in texts if len(text) >= MIN_SECRET), key=len, reverse=True))


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """*text* on one line, without any of *secrets* in any notation, at most 300 printable characters.

    It is shortened last, since half a secret would not be recognized.
    """

    def hide_login(match: re.Match[str]) -> str:
        """Only `user:password` in base64 (RFC 7617) is hidden, not a word such as "authentication"."""
        try:
            is_login = b":" in b64decode(match[2] + "=" * (-len(match[2]) % 4))
        except ValueError:
            is_login = False
        return match[1] + (HIDDEN if is_login else match[2])

    text = BASIC.sub(hide_login, AUTHORIZATION.sub(rf"\1{HIDDEN}", text))
    for secret in secrets:
        text = _pattern(secret).sub(HIDDEN, text)
    return one_line("".join(character if character.isprintable() else " " for character in text), MAX_DETAIL)


# ------------------------------------------------------------------ the ways to write a secret


@lru_cache(maxsize=1024)
def _pattern(secret: str) -> re.Pattern[str]:
    """Matches *secret* in every notation in which a provider may repeat it.

    Unchanged, percent-encoded once and twice, decoded, in JSON, in HTML and in base64; a number in any punctuation.
    """
    texts: set[str] = set()
    for text in {secret, unquote(secret)} - {""}:
        in_json, in_html = json.dumps(text)[1:-1], html.escape(text)
        texts |= {text, quote(text), quote(text, safe=""), quote_plus(text), quote(quote(text, safe=""), safe="")}
        texts |= {in_json, in_json.replace("/", "\\/"), json.dumps(text, ensure_ascii=False)[1:-1]}
        texts |= {in_html, in_html.replace("&#x27;", "&#39;"), html.escape(text, quote=False)}
    alternatives = [
        re.escape(text) if len(text) >= MIN_INSIDE else rf"(?<![^\W_]){re.escape(text)}(?![^\W_])"
        for text in sorted(texts, key=len, reverse=True)
    ]
    cores = "|".join(re.escape(core) for core in _base64_cores(secret))
    if cores:  # it must begin at the start of a word: otherwise a long word would take quadratic time
        alternatives.append(rf"(?<![{BASE64}])[{BASE64}]*?(?:{cores})[{BASE64}]*=*")
    digits = re.sub(r"\D", "", secret)
    if len(digits) >= MIN_DIGITS and re.fullmatch(r"\+?[\d ().-]+", secret):
        alternatives.append(r"\+?" + r"[ ().-]{0,2}".join(digits))
    return re.compile("|".join(alternatives), re.IGNORECASE)


def _base64_cores(secret: str) -> Iterator[str]:
    """What base64 makes of *secret* inside any text (RFC 4648, 4 and 5).

    Three bytes become four characters, so there are three ways, depending on where the secret begins. The characters at
    both ends also contain bits of the neighbouring bytes and are left out; the caller hides the whole word around a
    match.
    """
    data = secret.encode()
    if len(data) < MIN_ENCODED:
        return
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        whole_characters = (offset + len(data)) * 8 // 6
        core = b64encode(b"\0" * offset + data).decode()[first:whole_characters]
        yield core
        yield core.translate(str.maketrans("+/", "-_"))
