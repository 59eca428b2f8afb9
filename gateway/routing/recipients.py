"""Whom an entry of `to` means now, and why a target gets the message: its footer gives this reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.model import (
    ENGLISH,
    Audience,
    Circumstances,
    Config,
    Event,
    EventType,
    OnCall,
    Recipient,
    Role,
    Rotation,
    Route,
    Target,
    Words,
)
from gateway.paths import as_text, format_path, lookup
from gateway.schedules.rotations import LOOK_AHEAD, next_on_call, on_call

FIELDS_OF_ASSIGNEES = ("assignee", "assignees", "assigned_to", "technician")
COMING, GOING = "coming", "going"
"""The fields that name people in the gateway's own event about a change of who is on call."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The recipients that an entry of `to` stands for now."""

    recipients: tuple[Recipient, ...]
    why: str = ""
    """Why these recipients, or why there is none; empty if the YAML names the recipient directly."""


def resolve(entry: Recipient, event: Event, config: Config, circumstances: Circumstances) -> Resolved:
    """Who *entry* means for *event* at this moment."""
    if entry.kind == "rotation":
        current = who_is_on_call(entry, config, circumstances)
        why = f"{' and '.join(current.people) or 'nobody'} is {current.why}"
        return Resolved(tuple(Recipient("person", person) for person in current.people), why)
    if entry.kind == "lookup":
        key = as_text(lookup(event, entry.key))
        shown_key = f"{format_path(entry.key)} {'missing' if key is None else repr(key)}"
        name = config.lookups[entry.name].get(key)
        if name is None:
            return Resolved((), f"has no entry for {shown_key}")
        return Resolved((config.recipients[name],), f"has {name!r} for {shown_key}")
    return Resolved((entry,))


def who_is_on_call(recipient: Recipient, config: Config, circumstances: Circumstances) -> OnCall:
    """Who is on call in the rotation that *recipient* names, now or next, with all overrides."""
    rotation = with_overrides(config.rotations[recipient.name], circumstances, config)
    if not recipient.is_next:
        current = on_call(rotation, circumstances.now)
        return OnCall(current.people, f"on call ({current.why})")
    shift = next_on_call(rotation, circumstances.now)
    if shift is None:
        return OnCall((), f"next on call: no other shift begins within {LOOK_AHEAD.days} days")
    return OnCall(shift.people, f"next on call ({shift.why})")


def with_overrides(rotation: Rotation, circumstances: Circumstances, config: Config) -> Rotation:
    """*rotation* with the overrides that were added at run time, which win over those in the YAML.

    An override for a person who is no longer in the YAML has no effect.
    """
    stored = circumstances.overrides.get(rotation.name, ())
    added = [override for override in stored if override.person is None or override.person in config.people]
    return replace(rotation, overrides=(*rotation.overrides, *added)) if added else rotation


# ------------------------------------------------------------------ why a target gets the message: its footer


def reason_of_audience(audience: Audience, event_type: EventType, words: Words = ENGLISH) -> str:
    """The reason for a person whom the event names. It depends on the field that names them: a ticket is assigned to
    somebody, but a reminder is somebody's own."""
    if audience is Audience.MENTIONED:
        return words.because_mentioned
    path = next(iter(event_type.people.get(Role(audience), ())), ())
    field, thing = path[-1] if path else "", path[-2].replace("_", " ") if len(path) > 1 else ""
    if field in (COMING, GOING):
        return words.because_turn_begins if field == COMING else words.because_turn_ends
    if audience is Audience.SUBSCRIBED:
        return words.because_following_thing.replace("{thing}", thing) if thing else words.because_following
    if field in FIELDS_OF_ASSIGNEES:
        return words.because_assigned
    return words.because_your_thing.replace("{thing}", thing) if thing else words.because_yours


def reason_of_entry(entry: Recipient, route: Route, target: Target, words: Words = ENGLISH) -> str:
    """The reason for the recipients of an entry in a route's `to`."""
    if target.person is None:
        # Names of routes are internal; people outside do not see them.
        return "" if target.is_outside else words.route.replace("{name}", route.name)
    match entry.kind:
        case "rotation":
            text, name = words.because_next_on_call if entry.is_next else words.because_on_call, entry.name
        case "lookup":
            text, name = words.because_listed, entry.name
        case "group":
            text, name = words.because_in_group, entry.name
        case _:
            text, name = words.because_addressed, route.name
    return text.replace("{name}", name)
