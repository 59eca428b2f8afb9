"""Compact JSON, and short digests: the forms in which content is stored, compared and turned into keys."""

from __future__ import annotations

import hashlib
import json

import orjson


def dumps(value: object) -> str:
    """Compact JSON."""
    return canonical(value, sort=False).decode()


def canonical(value: object, *, sort: bool = True) -> bytes:
    """Compact JSON in UTF-8, by default with sorted keys: the same bytes for the same content."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort else None)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort).encode()


def digest(*parts: str) -> str:
    """24 hex digits that stand for *parts*: 96 bits of BLAKE2 (RFC 7693)."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
