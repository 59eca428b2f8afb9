"""Why a target gets a message, in words for the person who reads it: the footer of the message."""

from __future__ import annotations

from gateway.model import Audience, EventType, Recipient, Role, Route, Target

UNROUTED = "because no route brings this to anybody"
MENTIONED = "because you were mentioned"
ASSIGNED = "because you are assigned"
FIELDS_OF_ASSIGNEES = ("assignee", "assignees", "assigned_to", "technician")
HANDOVER = {"coming": "because your turn on call begins", "going": "because your turn on call ends"}
"""The people of the gateway's own event about a change of who is on call, by the field that names them."""


def reason_of_audience(audience: Audience, event_type: EventType) -> str:
    """For a person whom the event names. What they are to the event depends on the field of the data that names them:
    they are assigned a ticket, but a reminder is their own."""
    if audience is Audience.MENTIONED:
        return MENTIONED
    path = next(iter(event_type.people.get(Role(audience), ())), ())
    field, thing = path[-1] if path else "", path[-2].replace("_", " ") if len(path) > 1 else ""
    if field in HANDOVER:
        return HANDOVER[field]
    if audience is Audience.SUBSCRIBED:
        return f"because you follow {f'the {thing}' if thing else 'it'}"
    if field in FIELDS_OF_ASSIGNEES:
        return ASSIGNED
    return f"because it is {f'your {thing}' if thing else 'yours'}"


def reason_of_entry(entry: Recipient, route: Route, target: Target) -> str:
    """For what the entry of a route's `to` brings the message to."""
    if target.person is None:
        # The names of routes are the team's own; people outside know none of them.
        return "" if target.is_outside else f"route {route.name}"
    match entry.kind:
        case "rotation":
            return f"because you are {'next ' if entry.is_next else ''}on call ({entry.name})"
        case "lookup":
            return f"because you are listed in {entry.name}"
        case "group":
            return f"because you are in the group {entry.name}"
        case _:
            return f"because the route {route.name} is addressed to you"
