"""Sources, from their checked YAML."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, TypedDict

from gateway.config.names import Names
from gateway.config.secrets import SecretStore
from gateway.config.sections import Entry
from gateway.model import Scope, Source

HASHED = "sha256:"
"""In front of a token that the YAML holds as its hash."""


class SourceKeys(TypedDict, total=False):
    """The keys of a source in the YAML; see `config.catalog.keys`."""

    events: list[str]
    tokens: list[Any]
    scopes: list[str]


def build_source(entry: Entry, event_types: Names, secrets: SecretStore) -> Source:
    """Raises: SecretMissing."""
    value: SourceKeys = entry.value
    return Source(
        name=entry.name,
        event_types=event_types.expand(*value["events"]),
        token_hashes=frozenset(token_hash(token, secrets) for token in value["tokens"]),
        scopes=frozenset(Scope(scope) for scope in value.get("scopes", (Scope.WRITE, Scope.READ))),
    )


def token_hash(token: Any, secrets: SecretStore) -> str:
    """SHA-256 of *token*, in hex: the YAML has the hash itself, or a reference to the token. Raises: SecretMissing."""
    if isinstance(token, str):
        return token.removeprefix(HASHED)
    return sha256(secrets.resolve(token).reveal().encode()).hexdigest()
