"""The plan of an event: who gets a message where, each target once, with every reason.

The same steps that decide write the findings, so an explanation can never differ from what happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds
from gateway.model import (
    Audience,
    Config,
    Event,
    EventType,
    Finding,
    Notification,
    Plan,
    PlannedDelivery,
    Presence,
    Reason,
    Recipient,
    Route,
    Target,
    is_builtin,
)
from gateway.routing.match import DID_IT, Applied, match

REASON_OF = {
    Audience.MINE: "assigned to you",
    Audience.SUBSCRIBED: "you subscribed",
    Audience.MENTIONED: "you were mentioned",
}


@dataclass
class _Draft:
    """A plan being made."""

    findings: list[Finding]
    was_barred: bool
    """Somebody or some target was left out on purpose."""
    online: Collection[str]
    trouble: str | None
    """The lane that the event tells a trouble of: it does not go there."""
    reasons: dict[str, list[Reason]] = field(default_factory=dict)
    """By target, in the order of the first reason."""


def plan(event: Event, config: Config, online: Collection[str] = ()) -> Plan:
    """What *event*, whose type the catalogue has, leads to while the people *online* are.

    Only routes that name one of its notifications are looked at.
    """
    event_type = config.catalog.events[event.type]
    if event_type.is_fact:
        return Plan((), (Finding("notification", event.type, False, "a fact by itself tells nobody anything"),))
    findings: list[Finding] = []
    matched = match(event, event_type, config, findings)
    draft = _Draft(findings, matched.was_barred, online, _trouble(event))
    for one in matched.notifications:
        for route in config.routes_by_notification.get(one.notification.id, ()):
            _follow(route, one, event, config, draft)
    is_fallback = not draft.reasons and _fall_back(_unrouted(event_type, matched.notifications), config, draft)
    deliveries = tuple(
        PlannedDelivery(target, config.targets[target].lane, tuple(reasons), _delay(reasons, config))
        for target, reasons in draft.reasons.items()
    )
    return Plan(deliveries, tuple(findings), is_fallback)


def _trouble(event: Event) -> str | None:
    return event.data.get("lane") if is_builtin(event.type) else None


def _delay(reasons: Sequence[Reason], config: Config) -> timedelta:
    """How long the message is held: as long as its most urgent reason allows."""
    known = (config.catalog.notifications.get(reason.notification) for reason in reasons)
    return min(one.delay.wait if one and one.delay else timedelta() for one in known)


def _fall_back(unrouted: Applied, config: Config, draft: _Draft) -> bool:
    """Sends to the fallback what reaches nobody else, unless that is on purpose; says which."""
    fallback = config.fallback
    if draft.was_barred:
        why = "not used, since what the event leads to was left out on purpose"
    elif fallback is None:
        why = "there is none: nobody hears of this event"
    else:
        why = "no route brought the event to anybody"
        draft.findings.append(Finding("fallback", fallback.name, True, why, place=fallback.place))
        _send_to(fallback, unrouted, config, draft)
        return True
    draft.findings.append(Finding("fallback", "fallback", False, why))
    return False


def _follow(route: Route, one: Applied, event: Event, config: Config, draft: _Draft) -> None:
    """Adds what *route* makes of a notification that applies."""
    notification = one.notification
    fires, why = holds(route.when, event, ZoneInfo(config.timezone))
    why = why or "it names this notification"
    draft.findings.append(Finding("route", route.name, fires, why, notification.id, route.name, route.place))
    if fires:
        _send_to(route, one, config, draft)


def _send_to(route: Route, one: Applied, config: Config, draft: _Draft) -> None:
    for recipient in route.to:
        for target, person in _targets(recipient, route, one, config, draft):
            _add(target, person, route, one, draft)


def _targets(
    recipient: Recipient, route: Route, one: Applied, config: Config, draft: _Draft
) -> Iterator[tuple[Target, str | None]]:
    """(target, person or None) of one entry of `to`, without those who must not hear of it."""
    if recipient.kind == "channel":
        channel = config.channels[recipient.name]
        if channel.lane == draft.trouble:
            why = "has the trouble itself that this tells of"
            draft.findings.append(_target_finding(channel.name, False, why, one.notification, route))
        else:
            yield channel, None
        return
    for name in _people(recipient, one, config):
        if name in one.barred:
            draft.was_barred = True
            draft.findings.append(_target_finding(name, False, DID_IT, one.notification, route))
            continue
        presence = one.notification.presence
        if presence is not None and (name in draft.online) is not (presence is Presence.ONLINE):
            draft.was_barred = True
            why = "is online" if name in draft.online else "is offline"
            why += f", and this is for those who are {presence.value}"
            draft.findings.append(_target_finding(name, False, why, one.notification, route))
            continue
        contact = _contact(name, route.via, config, draft.trouble)
        if contact is None:
            why = f"has no contact by {' or '.join(route.via)}" if route.via else "has no contact"
            why += f" but {draft.trouble}, which has the trouble itself" if draft.trouble else ""
            draft.findings.append(_target_finding(name, False, why, one.notification, route))
        else:
            yield contact, name


def _people(recipient: Recipient, one: Applied, config: Config) -> tuple[str, ...]:
    if recipient.kind == "audience":
        return one.people
    return config.groups[recipient.name] if recipient.kind == "group" else (recipient.name,)


def _contact(person: str, via: tuple[str, ...], config: Config, trouble: str | None) -> Target | None:
    """The first of *via* that the person has, not through the lane in *trouble*; without *via* of all contacts."""
    contacts = config.people[person].contacts
    found = (contacts[kind] for kind in via or contacts if kind in contacts)
    return next((one for one in found if one.lane != trouble), None)


def _add(target: Target, person: str | None, route: Route, one: Applied, draft: _Draft) -> None:
    notification = one.notification
    if notification.is_staff_only and target.is_outside:
        draft.was_barred = True
        why = "is outside, and this is for staff only"
        draft.findings.append(_target_finding(target.name, False, why, notification, route))
        return
    is_audience = person is not None and person in one.people
    text = REASON_OF.get(notification.audience, notification.title) if is_audience else notification.title
    reasons = draft.reasons.setdefault(target.name, [])
    reason = Reason(notification.id, route.name, text)
    if reason in reasons:  # named twice by one route, as a person and in a group
        return
    why = "gets the message" if not reasons else "gets it already, for one more reason"
    reasons.append(reason)
    draft.findings.append(_target_finding(target.name, True, f"{why}: {text}", notification, route))


def _unrouted(event_type: EventType, notifications: tuple[Applied, ...]) -> Applied:
    """What the fallback is told of: the event itself, for staff only when one of its notifications is."""
    is_staff_only = any(one.notification.is_staff_only for one in notifications)
    title = "no route brings this to anybody"
    return Applied(
        Notification(event_type.name, event_type.name, title, Audience.ANY, is_staff_only=is_staff_only),
        (),
        frozenset(),
    )


def _target_finding(name: str, holds: bool, why: str, notification: Notification, route: Route) -> Finding:
    return Finding("target", name, holds, why, notification.id, route.name, route.place)
