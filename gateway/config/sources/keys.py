"""The keys of sources in the YAML; see `config.catalog.keys`."""

from __future__ import annotations

from typing import Any, TypedDict

from gateway.config.mappings.keys import MappingKeys


class SourceKeys(MappingKeys, total=False):
    """A source may contain a mapping of its own."""

    events: list[str]
    tokens: list[Any]
    scopes: list[str]
    auth: list[AuthKeys]
    allow_from: list[str]
    quota: str
    reply: ReplyKeys
    reply_to: str
    mapping: str


class AuthKeys(TypedDict, total=False):
    bearer: list[Any]
    basic: BasicKeys
    header: HeaderKeys
    key: str | UrlKeyKeys
    signature: SignatureKeys
    expires: str


class BasicKeys(TypedDict, total=False):
    user: str
    password: Any


class HeaderKeys(TypedDict, total=False):
    name: str
    secret: Any


class UrlKeyKeys(TypedDict, total=False):
    """With `env` or `file` alone, the map itself refers to the secret."""

    secret: Any
    parameter: str
    env: str
    file: str


class SignatureKeys(TypedDict, total=False):
    preset: str
    secret: Any
    host: str
    header: str
    algorithm: str
    encoding: str
    prefix: str
    signed: str
    timestamp: str
    tolerance: str


class ReplyKeys(TypedDict, total=False):
    success: int
    duplicate: int
    overload: int
    body: dict[str, Any]
