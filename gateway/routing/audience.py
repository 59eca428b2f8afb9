"""The people an event names, matched with the people the directory knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.messages.escaping import one_line
from gateway.model import Audience, Config, Event, EventType, Role
from gateway.paths import lookup

ROLE_OF = {Audience.MINE: Role.MINE, Audience.SUBSCRIBED: Role.SUBSCRIBED, Audience.MENTIONED: Role.MENTIONED}

MAX_SHOWN = 60
"""Characters of an unknown identity that an explanation shows."""


def normalize(identity: str) -> str:
    """The form in which identities are compared: without white space around it, case folded."""
    return identity.strip().casefold()


@dataclass(frozen=True, slots=True)
class Named:
    """The people an event names in one role."""

    known: tuple[str, ...]
    """Names of people in the directory, each once, in the event's order."""
    unknown: Mapping[str, frozenset[str]]
    """What the event calls those the directory does not know, each with all their identities, normalized."""


def named_people(event: Event, event_type: EventType, role: Role, config: Config) -> Named:
    """The people that *event* names in *role*, known and unknown.

    The directory knows a person by what the configuration calls theirs: name in the YAML, identities,
    e-mail address. A text in the event is looked up as it is, an object by its email, id and name, in
    this order; each also as `<source>:<text>`, since ids mean something only at their source.
    """
    known: dict[str, None] = {}
    unknown: dict[str, frozenset[str]] = {}
    for path in event_type.people.get(role, ()):
        for value in _each(lookup(event, path)):
            identities = list(_identities(value))
            forms = [normalize(form) for one in identities for form in (one, f"{event.source}:{one}")]
            person = next(
                (config.people_by_identity[form] for form in forms if form in config.people_by_identity), None
            )
            if person:
                known[person] = None
            elif identities:
                unknown[one_line(identities[0], MAX_SHOWN)] = frozenset(forms)
    return Named(tuple(known), unknown)


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _each(one)
    elif value:
        yield value


def _identities(value: Any) -> Iterator[str]:
    """What a person in the data may be known by: the text itself, or an object's email, id and name."""
    candidates = [value.get(field) for field in ("email", "id", "name")] if isinstance(value, Mapping) else [value]
    for one in candidates:
        if isinstance(one, str | int) and not isinstance(one, bool) and str(one).strip():
            yield str(one)
