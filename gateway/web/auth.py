"""Authenticates by bearer token, and says what a source may see and do. Tokens are known only by their SHA-256."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address

from gateway.errors import ApiError
from gateway.model import Config, Scope, Source
from gateway.per_config import PerConfig

BEARER = re.compile(r"bearer +([\x21-\x7e]{1,255})", re.IGNORECASE)
BASIC = re.compile(r"basic +([A-Za-z0-9+/=]{1,1000})", re.IGNORECASE)
"""RFC 7617, for calendars and other programs that only support a user name and a password: the password
is the token."""


sources_by_hash: PerConfig[dict[str, Source]] = PerConfig(
    lambda config: {hash: source for source in config.sources.values() for hash in source.token_hashes}
)


def find_source(config: Config, authorization: str | None, now: datetime | None = None) -> Source | None:
    """The source whose token is in a header `Authorization`; None if no source has this token, or it has expired.

    Hashes are looked up, so the time of the look-up reveals nothing about a token.
    """
    token: bytes | None = None
    if match := BEARER.fullmatch(authorization or ""):
        token = match[1].encode()
    elif match := BASIC.fullmatch(authorization or ""):
        with suppress(binascii.Error):
            token = base64.b64decode(match[1], validate=True).partition(b":")[2]
    if token is None:
        return None
    hash = hashlib.sha256(token).hexdigest()
    source = sources_by_hash.of(config).get(hash)
    if source is not None and source.token_expiries:
        expires = source.token_expiries.get(hash)
        if expires is not None and (now or datetime.now(UTC)) >= expires:
            return None
    return source


def unauthorized() -> ApiError:
    """The same error, whatever is wrong with the token."""
    return ApiError(
        "unauthorized",
        "expected the header Authorization: Bearer <token>, with the live token of a source",
        headers={"WWW-Authenticate": 'Bearer realm="gateway"'},
    )


def require_scope(source: Source, scope: Scope) -> None:
    """Raises: ApiError if *source* does not have *scope*."""
    if not source.may(scope):
        raise ApiError("forbidden-scope", f"the source {source.name} needs the scope {scope.value}")


def is_allowed_from(source: Source, address: str) -> bool:
    """Whether *source* may post from *address*. A restricted source may never post over a Unix socket."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in source.allow_from)


def visible_sources(source: Source, requested: str | None) -> list[str] | None:
    """The sources whose events *source* may see, narrowed to the *requested* one; None for all."""
    if source.may(Scope.ADMIN):
        return None if requested is None else [requested]
    return [source.name] if requested in (None, source.name) else []
