"""Who asks: bearer tokens, each known by its SHA-256 only, and what their sources may see and do."""

from __future__ import annotations

import hashlib
import re

from gateway.errors import ApiError
from gateway.model import Config, Scope, Source
from gateway.per_config import PerConfig

BEARER = re.compile(r"bearer +([\x21-\x7e]{1,255})", re.IGNORECASE)


def _by_hash(config: Config) -> dict[str, Source]:
    return {hash: source for source in config.sources.values() for hash in source.token_hashes}


_sources = PerConfig(_by_hash)


def authenticate(config: Config, authorization: str | None) -> Source:
    """The source of a header `Authorization: Bearer <token>`.

    The look-up compares hashes, so its time tells nothing of a token.
    Raises: ApiError with status 401, the same whatever is wrong.
    """
    match = BEARER.fullmatch(authorization or "")
    if match:
        source = _sources.of(config).get(hashlib.sha256(match[1].encode()).hexdigest())
        if source is not None:
            return source
    raise ApiError(
        "unauthorized",
        "expected the header Authorization: Bearer <token>, with the live token of a source",
        headers={"WWW-Authenticate": 'Bearer realm="gateway"'},
    )


def require(source: Source, scope: Scope) -> None:
    """Raises: ApiError with status 403."""
    if not source.may(scope):
        raise ApiError("forbidden-scope", f"the source {source.name} needs the scope {scope.value}")


def visible_sources(source: Source, asked: str | None) -> list[str] | None:
    """The sources whose events *source* may see, narrowed to the one *asked* for; None: all there are."""
    if source.may(Scope.ADMIN):
        return None if asked is None else [asked]
    return [source.name] if asked in (None, source.name) else []
