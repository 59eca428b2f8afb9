"""Finds the people that an event names in the directory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.messages.escaping import one_line
from gateway.model import Audience, Config, Event, EventType, Role
from gateway.paths import MISSING, as_text, lookup
from gateway.routing.mentions import find_mentions

ROLE_OF = {Audience.MINE: Role.MINE, Audience.SUBSCRIBED: Role.SUBSCRIBED, Audience.MENTIONED: Role.MENTIONED}
IDENTIFYING = ("email", "id", "name")
"""What a person that is an object in the data may be known by."""
MAX_SHOWN = 60
"""How many characters of an unknown identity an explanation shows."""


def normalize(identity: str) -> str:
    """The normal form in which identities are compared.

    Unicode NFC, case-folded, without surrounding white space or the `@` of a mention, and with single spaces inside.
    """
    # Before folding, so that both spellings of a letter fold alike; and after it, since it decomposes some letters.
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", identity).casefold())
    return " ".join(folded.split()).removeprefix("@")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody whom an event names and the directory does not have."""

    forms: frozenset[str]
    """Every name and id that the event gives for them, normalized."""
    namesakes: tuple[str, ...] = ()
    """The people in the directory who share the full name, which therefore identifies none of them."""
    identities: tuple[str, ...] = ()
    """The identities as in the event, each as one line of at most MAX_SHOWN characters."""


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """The people an event names in one role."""

    known: tuple[str, ...]
    """Names of people in the directory, without duplicates, in the event's order."""
    strangers: Mapping[str, Stranger]
    """The others, by the identity that an explanation shows."""


NOBODY = NamedPeople((), {})


def named_people(event: Event, event_type: EventType, role: Role, config: Config) -> NamedPeople:
    """The people that *event* names in *role*.

    A text or number is an identity; of an object, its email, id and name are, in this order. If the type says so,
    people are also named by an `@` in a text.
    """
    known: dict[str, None] = {}
    strangers: dict[str, Stranger] = {}
    for path in event_type.people.get(role, ()):
        for value in _each(lookup(event, path)):
            # JSON from some systems has ids as 7.0, which is 7; a number with a fraction is nobody's id.
            candidates = [value.get(field) for field in IDENTIFYING] if isinstance(value, Mapping) else [value]
            whole = (text for text in candidates if not isinstance(text, float) or text.is_integer())
            identities = [text for text in map(as_text, whole) if text is not None and normalize(text)]
            match = find_person(identities, event.source, config) if identities else None
            if isinstance(match, Stranger):
                strangers[one_line(identities[0], MAX_SHOWN)] = match
            elif match:
                known[match] = None
    if role is Role.MENTIONED:
        for name, people in mentioned_in_texts(event, event_type, config).items():
            if len(people) == 1:
                known[people[0]] = None
            else:
                display_name = one_line(name, MAX_SHOWN)
                strangers[display_name] = Stranger(frozenset((name,)), people, (display_name,))
    return NamedPeople(tuple(known), strangers)


def mentioned_in_texts(event: Event, event_type: EventType, config: Config) -> dict[str, tuple[str, ...]]:
    """What `find_mentions` finds in those texts of *event* that may mention people."""
    mentioned: dict[str, tuple[str, ...]] = {}
    for path in event_type.mentions:
        for value in _each(lookup(event, path)):
            if isinstance(value, str):
                mentioned |= find_mentions(value, event.source, config)
    return mentioned


def find_person(identities: Sequence[str], source: str, config: Config) -> str | Stranger:
    """The name of the person whom *source* calls by *identities*, the most specific first; a Stranger if there is none.

    The directory knows a person by key, identities and e-mail address, each also as `<source>:<identity>`, since an id
    is only unique within its source. If none of these fits, a full name identifies the only person who has it.
    """
    names = [normalize(identity) for identity in identities]
    # The last form keeps an `@` behind the source (`psa:@ana`), as it may stand in the YAML.
    forms = [
        form
        for identity, name in zip(identities, names, strict=True)
        for form in dict.fromkeys((name, f"{normalize(source)}:{name}", normalize(f"{source}:{identity}")))
    ]
    for form in forms:
        if form in config.people_by_identity:
            return config.people_by_identity[form]
    namesakes = next((people for name in names if (people := config.people_by_full_name.get(name))), ())
    if len(namesakes) == 1:
        return namesakes[0]
    return Stranger(frozenset(forms), namesakes, tuple(one_line(identity, MAX_SHOWN) for identity in identities))


def strangers_of(event: Event, config: Config) -> Iterator[tuple[Role, Stranger]]:
    """Everybody whom *event* names in any role and the directory does not have."""
    event_type = config.catalog.events[event.type]
    for role in Role if event_type.mentions else event_type.people:
        for stranger in named_people(event, event_type, role, config).strangers.values():
            yield role, stranger


def _each(value: Any) -> Iterator[Any]:
    """The elements of *value* if it is a list, also of lists inside it; otherwise *value* itself."""
    if isinstance(value, list):
        for element in value:
            yield from _each(element)
    elif value is not MISSING:
        yield value
