"""Why an event did not reach somebody: the part of an explanation that is computed when somebody asks.

An event may pass by thousands of routes. What fired is stored with the event, and so is what the state of the moment
left out: who was online, who was on call, a schedule. Everything else follows from the event and the rules of its
configuration, so it is neither computed nor stored until somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds, without_schedules
from gateway.model import Audience, Config, Event, Finding, Notification, Path, Route
from gateway.routing.match import names_nobody
from gateway.suggestions import did_you_mean

MAX_LISTED = 100
"""How many routes that do not fire an explanation lists; of the others it gives the number."""
HEADS = ("notification", "route")
"""Kinds of findings that begin a new part of the explanation; findings on people and targets belong to
the part before."""
DECIDED = ("notification", "fallback")
"""Each plan has a finding of one of these kinds. Without one, the event was not planned, and nothing is missing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about events besides people and places: it contains no contacts, addresses or names of people."""

    timezone: str
    notifications: Mapping[str, Sequence[Notification]]
    """By event type, in the catalogue's order."""
    routes: Mapping[str, Sequence[Route]]
    """By notification, in the order of the files. Their `to` does not matter here."""
    customers: Mapping[str, Sequence[Path]]
    """By event type, where its data may have the customer."""


@dataclass(frozen=True, slots=True)
class Story:
    """A complete explanation."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    """Sentences on what is missing in it."""


def rules_of(config: Config) -> Rules:
    return Rules(
        timezone=config.timezone,
        notifications={name: event_type.notifications for name, event_type in config.catalog.events.items()},
        routes={id: index.routes for id, index in config.routes_by_notification.items()},
        customers={name: event_type.customer for name, event_type in config.catalog.events.items()},
    )


def complete(event: Event, findings: Sequence[Finding], rules: Rules, route: str | None = None) -> Story:
    """*findings* of a plan, completed by why the other notifications and routes sent nothing, each in its place.

    With the name of a *route*, the findings on other routes are left out.
    """
    if not any(finding.kind in DECIDED for finding in findings):
        return Story(tuple(findings))
    parts, zone = _Parts.of(findings), ZoneInfo(rules.timezone)
    story: list[Finding] = []
    applicable: list[str] = []
    for notification in rules.notifications.get(event.type, ()):
        part = parts.take(notification.id) or _why_not_applicable(notification, event, zone)
        story += part
        if part and part[0].holds:
            applicable.append(notification.id)
    naming = [(id, rule) for id in applicable for rule in rules.routes.get(id, ())]
    listed = unlisted = 0
    for id, rule in naming:
        part = parts.take(id, rule.name)  # also that of a route that is left out, or it would be among the rest
        if route not in (None, rule.name):
            continue
        if not part and listed == MAX_LISTED:
            unlisted += 1
        elif not part:
            part = _why_not_fired(rule, id, event, zone)
            listed += 1
        story += part
    notes = []
    if unlisted:
        notes.append(f"{unlisted:,} more routes do not fire; ask for one of them by its name")
    names = [rule.name for _, rule in naming]
    if route is not None and route not in names:
        hint = did_you_mean(route, names)
        unknown = f"no route {route!r} names a notification that applies to this event"
        notes.append(f"{unknown}: {hint}" if hint else unknown)
    return Story((*story, *parts.rest()), tuple(notes))


@dataclass(slots=True)
class _Parts:
    """The stored parts of an explanation; each begins with a notification or a route."""

    by_head: dict[tuple[str | None, str | None], list[Finding]] = field(default_factory=dict)
    """By notification, and by notification and route."""
    end: list[Finding] = field(default_factory=list)
    """The findings on the fallback, and on what the event does to time."""

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> _Parts:
        parts = cls()
        current = parts.end
        for finding in findings:
            if finding.kind in HEADS:
                id = finding.notification if finding.kind == "route" else finding.name
                current = parts.by_head.setdefault((id, finding.route), [])
            elif finding.kind not in ("person", "target"):
                current = parts.end
            current.append(finding)
        return parts

    def take(self, notification: str, route: str | None = None) -> list[Finding]:
        return self.by_head.pop((notification, route), [])

    def rest(self) -> list[Finding]:
        """The parts that were not taken, for example of a fact, which has no notifications."""
        return [*(finding for part in self.by_head.values() for finding in part), *self.end]


def _why_not_applicable(notification: Notification, event: Event, zone: tzinfo) -> list[Finding]:
    """Nothing if the rules give no reason, because another version of the gateway has decided."""
    applies, why = holds(without_schedules(notification.when), event, zone)
    if applies and notification.audience is Audience.ANY:
        return []
    why = names_nobody(notification.audience) if applies else why
    return [Finding("notification", notification.id, False, why)]


def _why_not_fired(route: Route, notification: str, event: Event, zone: tzinfo) -> list[Finding]:
    """Likewise for a route. A schedule that kept it from firing already has a finding, so schedules are
    not asked here."""
    fires, why = holds(without_schedules(route.when), event, zone)
    if fires:
        return []
    return [Finding("route", route.name, False, why, notification, route.name, route.place)]
