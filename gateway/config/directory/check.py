"""The meaning of sources, people and groups: an identity, a token and a name belong to one of them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.build import AUDIENCE, person_identities
from gateway.config.places.check import check_secrets
from gateway.config.secrets import SecretStore
from gateway.config.sections import Entry, Sections
from gateway.model import Problem
from gateway.suggestions import did_you_mean

LOCAL = "local"
"""The source that `gateway up` makes."""


def check_people(sections: Sections, secrets: SecretStore) -> Iterator[Problem]:
    """What is wrong with sources, people and groups, but for the addresses."""
    yield from _check_sources(sections, secrets)
    owners: dict[str, Entry] = {}
    for entry in sections.people.values():
        for rest, identity in person_identities(entry.name, entry.value or {}):
            first = owners.setdefault(identity, entry)
            if first is not entry:
                message = f"{identity!r} is {first.name} as well ({first.place})"
                yield entry.problem(rest, message, "an identity belongs to one person", key=not rest)
        if "timezone" in (entry.value or {}):
            yield from check_timezone(entry.below("timezone"))
    for entry in sections.groups.values():
        yield from _check_group(entry, sections)
    for entry in (*sections.channels.values(), *sections.people.values()):
        if entry.name == AUDIENCE:
            message = f"{AUDIENCE!r} means the people that an event names"
            yield entry.problem((), message, "choose another name", key=True)


def _check_sources(sections: Sections, secrets: SecretStore) -> Iterator[Problem]:
    owners: dict[str, Entry] = {}
    for entry in sections.sources.values():
        if entry.name == LOCAL:
            yield entry.problem((), f"the source {LOCAL!r} is the gateway's own", "choose another name", key=True)
        missing = list(check_secrets(entry, secrets))
        yield from missing
        if missing:
            continue
        for number, token in enumerate(entry.value["tokens"]):
            text = token.removeprefix("sha256:") if isinstance(token, str) else secrets.resolve(token).reveal()
            hash = text if isinstance(token, str) else sha256(text.encode()).hexdigest()
            first = owners.setdefault(hash, entry)
            if first is not entry:
                message = f"this is a token of {first.name!r} as well ({first.place})"
                yield entry.problem(("tokens", number), message, "a token belongs to one source")


def _check_group(entry: Entry, sections: Sections) -> Iterator[Problem]:
    for number, name in enumerate(entry.value):
        if not sections.knows("people", name):
            hint = did_you_mean(name, sections.people)
            if hint is None and name.removeprefix("group:") in sections.groups:
                hint = "a group holds people: name them"
            yield entry.problem((number,), f"unknown person {name!r}", hint)


def check_timezone(entry: Entry | None) -> Iterator[Problem]:
    """A name that the timezone database does not have."""
    if entry is None:
        return
    try:
        ZoneInfo(entry.value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield entry.problem((), f"unknown timezone {entry.value!r}", "use an IANA name such as America/Denver")
