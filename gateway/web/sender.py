"""Authenticates a sender to `/v1/in`: compares what it shows with what its source requires.

An unknown source takes the same work as a wrong key and gets the same answer, so nobody learns which sources exist.
Every credential is compared, in constant time, even if an earlier one was right.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from gateway.model import Basic, Config, HeaderSecret, Signature, Source, UrlKey
from gateway.web.auth import BASIC, find_source
from gateway.web.request import IncomingTarget, Request
from gateway.web.signatures import is_signed

NOBODY = Source("", frozenset(), frozenset())
"""Takes the place of a source that does not exist: it has no credentials."""
UNSIGNED = Signature("x-signature", keys=(b"nobody",))
"""Compared for a source without signatures, so that it takes as much time as one with signatures."""
MAX_PARAMETERS = 100
ALWAYS_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-forwarded-authorization"})
"""Headers that are never stored."""


@dataclass(frozen=True)
class Posted:
    """A request to `/v1/in` whose body has arrived."""

    request: Request
    target: IncomingTarget
    query: Mapping[str, str]
    body: bytes


def parse_query(query: str) -> dict[str, str]:
    """The parameters by name, the last value of each; empty if there are far too many."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=MAX_PARAMETERS))
    except ValueError:
        return {}


def shows_credential(
    config: Config, source: Source, posted: Posted, fetched: Mapping[str, tuple[bytes, ...]], now: datetime
) -> bool:
    """Whether *posted* shows any credential of *source*.

    *fetched* has the keys fetched for signatures, by host.
    """
    request = posted.request
    authorization = request.header("authorization")
    is_right = find_source(config, authorization, now) is source
    user_and_password = b""
    if match := BASIC.fullmatch(authorization or ""):
        with suppress(binascii.Error):
            user_and_password = base64.b64decode(match[1], validate=True)
    basic, key = _hash(user_and_password), _hash(posted.target.rest[0].encode() if posted.target.rest else b"")
    has_signature = False
    for credential in source.credentials:
        is_live = credential.expires is None or now < credential.expires
        match credential:
            case Basic():
                matches = hmac.compare_digest(basic, credential.hash)
            case HeaderSecret():
                header_value = request.header(credential.header) or ""
                matches = hmac.compare_digest(_hash(header_value.encode("utf-8", "replace")), credential.hash)
            case UrlKey():
                parameter = posted.query.get(credential.parameter, "")
                matches = hmac.compare_digest(key, credential.hash) | hmac.compare_digest(
                    _hash(parameter.encode("utf-8", "replace")), credential.hash
                )
            case Signature():
                has_signature = True
                # Without a key the comparison is made all the same, and comes to nothing.
                keys = credential.keys + fetched.get(credential.key_host, ())
                matches = is_signed(credential, keys or UNSIGNED.keys, request.header, posted.body, now) and bool(keys)
        is_right |= is_live and matches
    if not has_signature:
        is_signed(UNSIGNED, UNSIGNED.keys, request.header, posted.body, now)
    return is_right


def without_credentials(source: Source, posted: Posted) -> tuple[Mapping[str, str], Mapping[str, str], tuple[str, ...]]:
    """Headers, query and path of *posted* without anything that may be a credential of *source*."""
    secret_headers, secret_parameters, path = set(ALWAYS_SECRET), set[str](), posted.target.rest
    for credential in source.credentials:
        if isinstance(credential, (HeaderSecret, Signature)):
            secret_headers.add(credential.header)
        elif isinstance(credential, UrlKey):
            secret_parameters.add(credential.parameter)
            path = posted.target.rest[1:]
    headers = {name: value for name, value in posted.request.headers().items() if name not in secret_headers}
    query = {name: value for name, value in posted.query.items() if name not in secret_parameters}
    return headers, query, path


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
