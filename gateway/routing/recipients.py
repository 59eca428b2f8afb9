"""Who an entry of `to` means at this moment: whoever is on call, or what a lookup has for this event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.model import Circumstances, Config, Event, OnCall, Recipient, Rotation, Route
from gateway.paths import as_text, format_path, lookup
from gateway.schedules.rotations import next_on_call, on_call


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an entry of `to` stands for now."""

    recipients: tuple[Recipient, ...]
    why: str = ""
    """Why they are meant, or why nobody is; empty where the YAML names the recipient itself."""


def resolve(entry: Recipient, event: Event, config: Config, circumstances: Circumstances) -> Resolved:
    """Who *entry* means for *event* at this moment."""
    if entry.kind == "rotation":
        current = who_is_on_call(entry, config, circumstances)
        names = f"{' and '.join(current.people) or 'nobody'} is {current.why}"
        return Resolved(tuple(Recipient("person", person) for person in current.people), names)
    if entry.kind == "lookup":
        key = as_text(lookup(event, entry.key))
        asked = f"{format_path(entry.key)} {'missing' if key is None else repr(key)}"
        value = config.lookups[entry.name].get(key)
        if value is None:
            return Resolved((), f"has no entry for {asked}")
        return Resolved((config.recipients[value],), f"has {value!r} for {asked}")
    return Resolved((entry,))


def who_is_on_call(recipient: Recipient, config: Config, circumstances: Circumstances) -> OnCall:
    """Who is on call in the rotation that *recipient* names, now or next, with all overrides."""
    rotation = with_overrides(config.rotations[recipient.name], circumstances, config)
    if not recipient.is_next:
        current = on_call(rotation, circumstances.now)
        return OnCall(current.people, f"on call ({current.why})")
    shift = next_on_call(rotation, circumstances.now)
    if shift is None:
        return OnCall((), "next on call: nobody else is in the weeks to come")
    return OnCall(shift.people, f"next on call ({shift.why})")


def with_overrides(rotation: Rotation, circumstances: Circumstances, config: Config) -> Rotation:
    """*rotation* with the overrides made while the gateway runs, which win over those of the YAML.

    An override for a person whom the YAML does not have any more has no effect.
    """
    stored = circumstances.overrides.get(rotation.name, ())
    added = [override for override in stored if override.person is None or override.person in config.people]
    return replace(rotation, overrides=(*rotation.overrides, *added)) if added else rotation


def routes_of(event_type: str, config: Config) -> list[Route]:
    """Every route that may bring an event of *event_type* to somebody, the fallback included."""
    indexes = (config.routes_by_notification.get(row.id) for row in config.catalog.events[event_type].notifications)
    named = [route for index in indexes if index for route in index.routes]
    return [*named, config.fallback] if config.fallback else named


def with_alternatives(recipient: Recipient) -> Iterator[Recipient]:
    """*recipient* and everything that stands in its `else`."""
    yield recipient
    for other in recipient.otherwise:
        yield from with_alternatives(other)


def depends_on_rotation(event_type: str, config: Config) -> bool:
    """Whether an event of *event_type* may go to whoever is on call."""
    if event_type not in config.catalog.events or not config.rotations:
        return False
    entries = (entry for route in routes_of(event_type, config) for entry in route.to)
    return any(recipient.kind == "rotation" for entry in entries for recipient in with_alternatives(entry))
