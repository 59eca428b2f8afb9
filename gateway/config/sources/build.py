"""Builds sources from YAML that has been checked."""

from __future__ import annotations

from ipaddress import ip_network

from gateway.config.names import Names
from gateway.config.places.build_lanes import build_rate
from gateway.config.secrets import SecretStore
from gateway.config.sections import Entry
from gateway.config.sources.build_auth import bearer_tokens, build_credential, hash_of, parse_expiry
from gateway.config.sources.keys import ReplyKeys, SourceKeys
from gateway.model import Reply, Scope, Source, SourceMapping


def build_source(
    entry: Entry, event_types: Names, secrets: SecretStore, mapping: SourceMapping | None = None
) -> Source:
    """Raises: SecretMissing."""
    value: SourceKeys = entry.value
    tokens = [(hash_of(token, secrets), expires) for _, token, expires in bearer_tokens(value)]
    credentials = [build_credential(part, secrets) for part in value.get("auth", ())]
    return Source(
        name=entry.name,
        event_types=event_types.expand(*value["events"]),
        token_hashes=frozenset(hash for hash, _ in tokens),
        scopes=frozenset(Scope(scope) for scope in value.get("scopes", (Scope.WRITE, Scope.READ))),
        token_expiries={hash: parse_expiry(expires) for hash, expires in tokens if expires is not None},
        credentials=tuple(credential for credential in credentials if credential is not None),
        allow_from=tuple(ip_network(network) for network in value.get("allow_from", ())),
        quota=build_rate(value["quota"]) if "quota" in value else None,
        reply=build_reply(value.get("reply", {})),
        mapping=mapping,
        reply_to=value.get("reply_to", ""),
    )


def build_reply(value: ReplyKeys) -> Reply:
    defaults = Reply()
    return Reply(
        success=value.get("success", defaults.success),
        duplicate=value.get("duplicate", value.get("success", defaults.duplicate)),
        overload=value.get("overload", defaults.overload),
        body=value.get("body"),
    )
