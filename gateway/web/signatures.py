"""Verifies signatures of requests: an HMAC of what a source says is signed. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from urllib.parse import parse_qsl

from gateway.model import Signature, SignedPart

HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}
MAX_CANDIDATES = 100
"""How many signatures in one header are compared."""
MAX_FIELDS = 1_000
"""The limit for a signed form, since its body comes from a stranger."""
MILLISECONDS_FROM = 100_000_000_000
"""A Unix time beyond this is in milliseconds; in seconds it would be in the year 5138."""

Header = Callable[[str], str | None]


def is_signed(signature: Signature, keys: Sequence[bytes], header: Header, body: bytes, now: datetime) -> bool:
    """Whether the request shows *signature*, made with any of *keys*, with a time close enough to *now*.

    The digests are compared in constant time, with every key.
    """
    header_value = header(signature.header) or ""
    parts = [_part(part, header_value, header, body) for part in signature.signed]
    # Even if a part is missing, everything is computed: the time taken must not tell what is wrong.
    message = b"".join(part or b"" for part in parts)
    candidates: list[bytes] = []
    pattern = rf"(?:^|[\s,;]){re.escape(signature.prefix)}([A-Za-z0-9+/_-]+={{0,2}})"
    for match in islice(re.finditer(pattern, header_value), MAX_CANDIDATES):
        with suppress(ValueError):  # what cannot be decoded is no digest
            is_hex = signature.encoding == "hex"
            candidates.append(bytes.fromhex(match[1]) if is_hex else base64.b64decode(match[1], validate=True))
    is_right = False
    for key in keys:
        digest = hmac.new(key, message, HASHES[signature.algorithm]).digest()
        for candidate in candidates:
            is_right |= hmac.compare_digest(digest, candidate)
    if not is_right or None in parts:
        return False
    if signature.timestamp is None:
        return True
    text = _part(signature.timestamp, header_value, header, b"")
    if text is None or not text.isdigit() or len(text) > 15:
        return False
    seconds = int(text) / 1000 if int(text) > MILLISECONDS_FROM else int(text)
    return abs(now.timestamp() - seconds) <= signature.tolerance.total_seconds()


def _part(part: SignedPart, header_value: str, header: Header, body: bytes) -> bytes | None:
    """The bytes of one part of the signed text; None if the request does not have it."""
    value: str | None
    match part.kind:
        case "text":
            return part.name.encode()
        case "body":
            return body
        case "form":  # as Twilio signs: sorted, each name followed by its value
            try:
                fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
            except ValueError:
                return None
            value = "".join(name + value for name, value in sorted(set(fields)))
        case "header":
            value = header(part.name)
        case "field":
            match = re.search(rf"(?:^|[\s,;]){re.escape(part.name)}=([^\s,;]+)", header_value)
            value = match and match[1]
    return None if value is None else value.encode("utf-8", "replace")
