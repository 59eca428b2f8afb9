"""The meaning of sources: each has a name and tokens of its own."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config.secrets import SecretStore, check_secrets
from gateway.config.sections import Entry, Sections
from gateway.config.sources.build import token_hash
from gateway.model import BUILTIN, Problem
from gateway.quoting import quote

LOCAL = "local"
"""The source that `gateway up` creates."""


def check_sources(sections: Sections, secrets: SecretStore) -> Iterator[Problem]:
    """What is wrong with the names and tokens of sources; the event types they name are checked with the routes."""
    owners: dict[str, Entry] = {}
    for entry in sections.sources.values():
        if entry.name in (LOCAL, BUILTIN):
            message = f"the source {entry.name!r} belongs to the gateway itself"
            yield entry.problem((), message, "choose another name", key=True)
        missing = list(check_secrets(entry, secrets))
        yield from missing
        for number, token in () if missing else enumerate(entry.value["tokens"]):
            owner = owners.setdefault(token_hash(token, secrets), entry)
            if owner is not entry:
                message = f"{quote(owner.name)} has the same token ({owner.place})"
                yield entry.problem(("tokens", number), message, "give each source a token of its own")
