"""Why a target gets a message, in words for the person who reads it: the footer of the message."""

from __future__ import annotations

from gateway.model import ENGLISH, Audience, EventType, Recipient, Role, Route, Target, Words

FIELDS_OF_ASSIGNEES = ("assignee", "assignees", "assigned_to", "technician")
COMING, GOING = "coming", "going"
"""The people of the gateway's own event about a change of who is on call, by the field that names them."""


def reason_of_audience(audience: Audience, event_type: EventType, words: Words = ENGLISH) -> str:
    """For a person whom the event names. What they are to the event depends on the field of the data that names them:
    they are assigned a ticket, but a reminder is their own."""
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
    """For what the entry of a route's `to` brings the message to."""
    if target.person is None:
        # The names of routes are the team's own; people outside know none of them.
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
