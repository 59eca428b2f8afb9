"""The people an event names, matched with the people the directory knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.model import Audience, Config, Event, EventType, Role
from gateway.paths import lookup

ROLE_OF = {Audience.MINE: Role.MINE, Audience.SUBSCRIBED: Role.SUBSCRIBED, Audience.MENTIONED: Role.MENTIONED}


def normalize(identity: str) -> str:
    """The form in which identities are compared: without white space around it, case folded."""
    return identity.strip().casefold()


@dataclass(frozen=True, slots=True)
class Named:
    """The people an event names in one role."""

    known: tuple[str, ...]
    """Names of people in the directory, each once, in the event's order."""
    unknown: tuple[str, ...]
    """What the event calls those the directory does not know."""


def named_people(event: Event, event_type: EventType, role: Role, config: Config) -> Named:
    """The people that *event* names in *role*, known and unknown."""
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for path in event_type.people.get(role, ()):
        for value in _each(lookup(event, path)):
            identities = list(_identities(value))
            person = _find(identities, event.source, config)
            if person:
                known[person] = None
            elif identities:
                unknown[identities[0]] = None
    return Named(tuple(known), tuple(unknown))


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _each(one)
    elif value:
        yield value


def _identities(value: Any) -> Iterator[str]:
    """What a person in the data may be known by: the text itself, or an object's email, id and name."""
    if isinstance(value, Mapping):
        for field in ("email", "id", "name"):
            if isinstance(value.get(field), str | int) and str(value[field]).strip():
                yield str(value[field])
    elif isinstance(value, str | int) and str(value).strip():
        yield str(value)


def _find(identities: list[str], source: str, config: Config) -> str | None:
    """The first person known by one of *identities*, also in the form `<source>:<id>`."""
    for identity in identities:
        for form in (identity, f"{source}:{identity}"):
            person = config.people_by_identity.get(normalize(form))
            if person:
                return person
    return None
