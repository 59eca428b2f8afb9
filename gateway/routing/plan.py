"""Plans an event: who gets a message where, each target at most once, with every reason.

The steps that decide also write the findings, so that an explanation can never differ from what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds, schedules_of
from gateway.model import (
    Audience,
    Circumstances,
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
from gateway.routing.match import IS_ACTOR, ApplicableNotification, match
from gateway.routing.recipients import reason_of_audience, reason_of_entry, resolve
from gateway.routing.routes import candidates
from gateway.schedules.windows import describe, is_inside, why_barred


@dataclass
class _Draft:
    """A plan under construction."""

    event: Event
    config: Config
    circumstances: Circumstances
    findings: list[Finding]
    has_excluded: bool
    """Whether a person or target was left out on purpose; the fallback is not used then."""
    troubled_lane: str | None
    """The lane whose trouble the event reports; the report must go another way."""
    reasons: dict[str, list[Reason]] = field(default_factory=dict)
    """By target, in the order of the first reason."""

    def people_of(self, recipient: Recipient, cause: _Cause) -> Iterator[str]:
        """The people that *recipient* stands for, except those whom the notification excepts; adds a
        finding for these."""
        applicable, online = cause.applicable, self.circumstances.online
        match recipient.kind:
            case "audience":
                names = applicable.people
            case "group":
                names = self.config.groups[recipient.name]
            case _:
                names = (recipient.name,)
        presence = applicable.notification.presence
        for name in names:
            if name in applicable.excluded:
                why = IS_ACTOR
            elif presence is not None and (name in online) is not (presence is Presence.ONLINE):
                state = "online" if name in online else "offline"
                why = f"is {state}, and this is for those who are {presence.value}"
            else:
                yield name
                continue
            self.has_excluded = True
            self.findings.append(cause.finding(name, False, why))

    def contact_of(self, person: str, via: tuple[str, ...]) -> Target | None:
        """The person's first contact of a kind in *via* (empty: of any kind) that avoids the lane in trouble."""
        contacts = self.config.people[person].contacts
        candidates = (contacts[kind] for kind in via or contacts if kind in contacts)
        return next((contact for contact in candidates if contact.lane != self.troubled_lane), None)

    def deliveries(self) -> Iterator[PlannedDelivery]:
        """A delivery for each target, held only as long as the most urgent of its reasons allows."""
        notifications = self.config.catalog.notifications
        for target, reasons in self.reasons.items():
            rows = (notifications.get(reason.notification) for reason in reasons)
            delay = min(row.delay.wait if row and row.delay else timedelta() for row in rows)
            yield PlannedDelivery(target, self.config.targets[target].lane, tuple(reasons), delay)


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why a message is sent: a notification that applies, and a route that names it."""

    applicable: ApplicableNotification
    route: Route

    def finding(self, target: str, holds: bool, why: str) -> Finding:
        route = self.route
        return Finding("target", target, holds, why, self.applicable.notification.id, route.name, route.place)


def plan(event: Event, config: Config, circumstances: Circumstances | None = None) -> Plan:
    """What *event*, whose type is in the catalogue, leads to; without *circumstances*, at the event's own time.

    The findings say what fired, and what the state of the moment left out: who was online, who was on call, a schedule.
    They do not say why the other notifications and routes sent nothing, since that follows from the event and the rules
    alone: `why_not.complete` adds it when somebody asks.
    """
    circumstances = circumstances or Circumstances(event.time)
    event_type = config.catalog.events[event.type]
    if event_type.is_fact:
        return Plan((), (Finding("notification", event.type, False, "a fact by itself is not routed to anyone"),))
    findings: list[Finding] = []
    matched = match(event, event_type, config, findings)
    # Only the gateway's own events report on lanes; a `lane` in anybody else's data is something different.
    troubled_lane = event.data.get("lane") if is_builtin(event.type) else None
    draft = _Draft(event, config, circumstances, findings, matched.has_excluded, troubled_lane)
    zone = ZoneInfo(config.timezone)
    for applicable in matched.notifications:
        notification = applicable.notification
        index = config.routes_by_notification.get(notification.id)
        for route in candidates(index, event) if index else ():
            fires, why = holds(route.when, event, zone)
            if not fires and not schedules_of(route.when):
                continue  # `why_not.complete` works this out again when somebody asks
            if fires:
                fires, why = _fires_now(route, circumstances.now, why)
            findings.append(Finding("route", route.name, fires, why, notification.id, route.name, route.place))
            if fires:
                _send_to(_Cause(applicable, route), draft)
    is_fallback = not draft.reasons and _fall_back(event_type, matched.notifications, draft)
    return Plan(tuple(draft.deliveries()), tuple(findings), is_fallback)


def _fires_now(route: Route, now: datetime, why_met: str) -> tuple[bool, str]:
    """Whether *route* fires at this time of day, and why; its condition is met for the reason *why_met*."""
    if barred := why_barred(route.during, route.not_during, now, "fire"):
        return False, barred
    inside = (describe(schedule, now) for schedule in route.during if is_inside(schedule, now))
    return True, " and ".join(filter(None, (why_met, *inside))) or "it names this notification"


# ------------------------------------------------------------------ from a notification to its targets


def _send_to(cause: _Cause, draft: _Draft) -> None:
    """Adds to *draft* a reason for each target of the route, and a finding for each that is left out."""
    for entry in cause.route.to:
        _send_to_entry(entry, cause, draft)


def _send_to_entry(entry: Recipient, cause: _Cause, draft: _Draft) -> None:
    """Like `_send_to`, for one entry of `to`; an entry that yields nobody leaves the message to its `else`."""
    resolved = resolve(entry, draft.event, draft.config, draft.circumstances)
    if resolved.why:
        is_somebody = bool(resolved.recipients)
        draft.findings.append(cause.finding(f"{entry.kind} {entry.name}", is_somebody, resolved.why))
    for other in () if resolved.recipients else entry.otherwise:
        _send_to_entry(other, cause, draft)
    for recipient in resolved.recipients:
        if recipient.kind == "channel":
            channel = draft.config.channels[recipient.name]
            if channel.lane != draft.troubled_lane:
                for target in channel.receivers:
                    _add(target, None, entry, cause, draft)
            else:
                why = "is itself the subject of this trouble report"
                draft.findings.append(cause.finding(channel.name, False, why))
            continue
        for person in draft.people_of(recipient, cause):
            via = cause.route.via
            contact = draft.contact_of(person, via)
            if contact is not None:
                for target in contact.receivers:
                    _add(target, person, entry, cause, draft)
                continue
            why = f"has no contact by {' or '.join(via)}" if via else "has no contact"
            why += f" besides {draft.troubled_lane}, which this trouble report is about" if draft.troubled_lane else ""
            draft.findings.append(cause.finding(person, False, why))


def _add(target: Target, person: str | None, entry: Recipient, cause: _Cause, draft: _Draft) -> None:
    """Adds *cause* to the reasons of *target*, which *entry* of the route stands for, unless it must not
    see the event."""
    notification = cause.applicable.notification
    if notification.is_staff_only and target.is_outside:
        draft.has_excluded = True
        draft.findings.append(cause.finding(target.name, False, "is outside, and this is for staff only"))
        return
    if cause.route is draft.config.fallback:
        text = draft.config.words_of(target).because_unrouted
    elif person is not None and person in cause.applicable.people:
        event_type = draft.config.catalog.events[draft.event.type]
        text = reason_of_audience(notification.audience, event_type, draft.config.words_of(target))
    else:
        text = reason_of_entry(entry, cause.route, target, draft.config.words_of(target))
    reasons = draft.reasons.setdefault(target.name, [])
    reason = Reason(notification.id, cause.route.name, text)
    if any((other.notification, other.route) == (reason.notification, reason.route) for other in reasons):
        return  # the route names them twice, in person and in a group
    why = "gets the message" if not reasons else "gets it already, for one more reason"
    reasons.append(reason)
    draft.findings.append(cause.finding(target.name, True, f"{why}: {text}" if text else why))


# ------------------------------------------------------------------ the fallback


def _fall_back(event_type: EventType, notifications: Sequence[ApplicableNotification], draft: _Draft) -> bool:
    """Whether the fallback gets the event, because *notifications*, all that apply, have reached nobody."""
    fallback, routes = draft.config.fallback, draft.config.routes_by_notification
    naming = (routes[row.id].routes[0] for row in event_type.notifications if row.id in routes)
    if draft.has_excluded:
        why = "not used, since everybody whom the event concerns was left out on purpose"
    elif fallback is None:
        why = "there is none: the event is not routed to anyone"
    elif draft.config.has_narrow_fallback and (route := next(naming, None)):
        why = f"not used, since it is for event types that no route names, and route {route.name} names this one"
    else:
        why = "no route brought the event to anybody"
        draft.findings.append(Finding("fallback", fallback.name, True, why, place=fallback.place))
        # The fallback is notified of the event itself: for staff only if one of its notifications is.
        is_staff_only = any(applicable.notification.is_staff_only for applicable in notifications)
        title = "no route brings this to anybody"
        row = Notification(event_type.name, event_type.name, title, Audience.ANY, is_staff_only=is_staff_only)
        _send_to(_Cause(ApplicableNotification(row, (), frozenset()), fallback), draft)
        return True
    draft.findings.append(Finding("fallback", "fallback", False, why))
    return False
