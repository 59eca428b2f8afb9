"""The keys of channels, providers and contacts, declared in this one place.

Beside these keys there are the service's fields, by Apprise's names. A new key needs one line in `KEYS`, its entry in
`schemas/routes.schema.json`, and the attribute of `Lane` or `Target` that it sets; a test compares the three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.config.places.build_lanes import build_rate, build_retry
from gateway.model import DocumentPath


class Kind(StrEnum):
    """The kinds of map that have such keys, beside the fields of a service."""

    PROVIDER = "provider"
    SERVICE = "service"
    """A channel, or a contact that is a place of its own, given as a service and its fields."""
    URL = "url"
    """The same, given as a complete URL."""
    RECIPIENT = "recipient"
    """A contact that the provider of its kind reaches."""


@dataclass(frozen=True)
class Key:
    """A key that the gateway itself interprets."""

    name: str
    kinds: frozenset[Kind]
    """The kinds of map that may have it."""
    lane: str = ""
    """The attribute of `Lane` that it sets."""
    target: str = ""
    """The attribute of `Target` that it sets."""
    read: Callable[[Any], Any] = lambda value: value
    """Converts its value in the YAML to the attribute's."""
    is_secret: bool = False
    """Whether messages must not quote its value."""


PLACES = frozenset({Kind.SERVICE, Kind.URL})
KEYS = (
    Key("service", frozenset({Kind.PROVIDER, Kind.SERVICE})),
    Key("url", frozenset({Kind.URL}), is_secret=True),
    Key("address", frozenset({Kind.RECIPIENT}), is_secret=True),
    Key("rate", PLACES | {Kind.PROVIDER}, lane="rate", read=build_rate),
    Key("concurrency", PLACES | {Kind.PROVIDER}, lane="concurrency"),
    Key("retry", PLACES | {Kind.PROVIDER}, lane="retries", read=build_retry),
    Key("outside", PLACES | {Kind.RECIPIENT}, target="is_outside"),
    Key("timezone", PLACES, target="timezone"),
    Key("locale", PLACES, target="locale"),
    Key("language", PLACES, target="language"),
    Key("reply_to", PLACES | {Kind.RECIPIENT}, target="reply_to", is_secret=True),
)
NAMES = frozenset(key.name for key in KEYS)
OF_READERS = frozenset({"timezone", "locale", "language"})
"""Keys of a person; a channel has them directly."""
QUOTABLE = frozenset(key.name for key in KEYS if not key.is_secret)


def names_for(kind: Kind) -> tuple[str, ...]:
    return tuple(key.name for key in KEYS if kind in key.kinds)


def lane_settings(value: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of `Lane` set in the YAML of a place."""
    return {key.lane: key.read(value[key.name]) for key in KEYS if key.lane and key.name in value}


def target_settings(value: Any) -> dict[str, Any]:
    """Attributes of `Target` set in the YAML of a place or a contact."""
    settings = value if isinstance(value, dict) else {}
    return {key.target: key.read(settings[key.name]) for key in KEYS if key.target and key.name in settings}


def may_quote(path: DocumentPath) -> bool:
    """Whether messages may quote the value at *path* in a file of routes: not in a place for a secret or an address."""
    match path:
        case ("sources", _, "tokens" | "auth" | "reply_to", *_):
            return False
        case ("channels" | "providers", _, key, *_):
            return key in QUOTABLE
        case ("people", _, "contacts", _, key, *_):
            return key in QUOTABLE
        case ("people", _, "contacts" | "identities", *_):
            return False
        case ("channels" | "providers", *_):
            return False
    return True
