"""Checks the meaning of sources: each needs a name of its own, and a way to authenticate."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from gateway.config.secrets import SecretStore, check_secrets
from gateway.config.sections import Entry, Sections
from gateway.config.sources.build_auth import (
    CONNECTWISE,
    KINDS,
    TWILIO,
    bearer_tokens,
    build_credential,
    hash_of,
    parse_expiry,
)
from gateway.config.sources.check_reply import check_reply
from gateway.config.sources.keys import SignatureKeys
from gateway.model import BUILTIN, Problem
from gateway.quoting import quote

LOCAL = "local"
"""The name of the source that `gateway up` creates."""


def check_sources(sections: Sections, secrets: SecretStore) -> Iterator[Problem]:
    """Problems of sources, except for the event types that they name, which are checked with the routes."""
    owners: dict[str, Entry] = {}  # by the hash of a token: the first source that has it
    for entry in sections.sources.values():
        if entry.name in (LOCAL, BUILTIN):
            message = f"the source {entry.name!r} belongs to the gateway itself"
            yield entry.problem((), message, "choose another name", key=True)
        if "tokens" not in entry.value and "auth" not in entry.value:
            yield entry.problem((), "this source has no `auth`, so nobody can post as it", "add `auth`", key=True)
        missing = [
            problem
            for key in ("tokens", "auth")
            if key in entry.value
            for problem in check_secrets(entry.below(key), secrets)
        ]
        yield from missing
        if not missing:
            for subpath, token, _ in bearer_tokens(entry.value):
                owner = owners.setdefault(hash_of(token, secrets), entry)
                if owner is not entry:
                    message = f"{quote(owner.name)} has the same token ({owner.place})"
                    yield entry.problem(subpath, message, "give each source a token of its own")
            yield from _check_auth(entry, secrets)
        for number, network in enumerate(entry.value.get("allow_from", ())):
            try:
                ip_network(network)
            except ValueError:
                message = f"{quote(network)} is not a network"
                yield entry.problem(("allow_from", number), message, "expected addresses such as 192.0.2.0/24")
        yield from check_reply(entry)


def _check_auth(entry: Entry, secrets: SecretStore) -> Iterator[Problem]:
    for number, part in enumerate(entry.value.get("auth", ())):
        kinds = [kind for kind in KINDS if kind in part]
        if len(kinds) != 1:
            hint = "write an entry of `auth` for each"
            yield entry.problem(("auth", number), f"expected one of {', '.join(KINDS)}", hint if kinds else None)
            continue
        if "signature" in part and (lack := _what_signature_lacks(part["signature"])):
            yield entry.problem(("auth", number, "signature"), lack)
            continue
        try:
            if "expires" in part:
                parse_expiry(part["expires"])
        except ValueError as exc:
            yield entry.problem(("auth", number, "expires"), str(exc))
            continue
        try:
            build_credential(part, secrets)
        except ValueError as exc:
            yield entry.problem(("auth", number, *kinds), str(exc))


def _what_signature_lacks(value: SignatureKeys) -> str | None:
    is_fetched = value.get("preset") == CONNECTWISE
    if is_fetched and "host" not in value and "secret" not in value:
        return "expected `host`: the key of ConnectWise is fetched from this host only"
    if not is_fetched and "host" in value:
        return "`host` belongs to the preset connectwise, which fetches its key"
    if not is_fetched and "secret" not in value:
        return "expected `secret`"
    if value.get("preset") == TWILIO and "signed" not in value:
        return (
            "expected `signed`, with the URL as it is set at Twilio: 'https://gateway.example.com/v1/in/SOURCE{form}'"
        )
    return None if "preset" in value or "header" in value else "expected `preset`, or `header` and what else differs"
