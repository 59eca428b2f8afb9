"""Compact JSON, digests and ids: how content is stored, compared and turned into keys."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

import orjson


def dumps(value: object) -> str:
    """Compact JSON."""
    return canonical(value, sort=False).decode()


def canonical(value: object, *, sort: bool = True) -> bytes:
    """Compact JSON in UTF-8, by default with sorted keys: the same content gives the same bytes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort else None)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort).encode()


def digest(*parts: str) -> str:
    """24 hex digits that identify *parts*: 96 bits of BLAKE2 (RFC 7693)."""
    # With a separator, so that ("ab", "c") and ("a", "bc") differ.
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


def uuid_of(*parts: str) -> str:
    """The UUID that identifies *parts* (RFC 9562, version 8)."""
    return as_uuid(hashlib.sha256("\0".join(parts).encode()).digest()[:16], version=8)


def as_uuid(sixteen: bytes, version: int) -> str:
    """*sixteen* bytes as a UUID, in which six bits say its *version* and variant."""
    raw = bytearray(sixteen)
    raw[6] = version << 4 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(UUID(bytes=bytes(raw)))
