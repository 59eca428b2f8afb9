"""Why an event did not reach somebody: the part of an explanation that is found out when somebody asks.

An event may pass by thousands of routes. What fired is kept with the event, and so is what the state of that moment has
left out: who was online, who was on call, a schedule. All else follows from the event and the rules of its
configuration, so that it is neither computed nor stored until somebody asks.
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
"""Routes that do not fire, in one explanation; of the others it says how many there are."""
HEADS = ("notification", "route")
"""Kinds of findings that begin a part of the explanation: those of people and targets belong to the one before."""
DECIDED = ("notification", "fallback")
"""Kinds of which each plan has a finding. What has none was not planned, and nothing is missing in it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about events beside the people and places: no contact, no address, nobody's name."""

    timezone: str
    notifications: Mapping[str, Sequence[Notification]]
    """By event type, in the catalogue's order."""
    routes: Mapping[str, Sequence[Route]]
    """By notification, in the order of the files. Their `to` does not matter here."""
    customers: Mapping[str, Sequence[Path]]
    """By event type: where its data may have the customer."""


@dataclass(frozen=True, slots=True)
class Story:
    """A whole explanation."""

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
    """*findings* of a plan, and in their places why the other notifications and routes brought nobody anything.

    With the name of a *route*, the findings of other routes are left out.
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
        part = parts.take(id, rule.name)
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
    """The parts of an explanation that are kept: each begins with a notification or a route."""

    by_head: dict[tuple[str | None, str | None], list[Finding]] = field(default_factory=dict)
    """By notification, and by notification and route."""
    end: list[Finding] = field(default_factory=list)
    """The fallback, and what the event does to time."""

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
        """What nobody has taken: of a fact, which has no notifications."""
        return [*(finding for part in self.by_head.values() for finding in part), *self.end]


def _why_not_applicable(notification: Notification, event: Event, zone: tzinfo) -> list[Finding]:
    """Nothing, where the rules give no reason: another version of the gateway has decided."""
    applies, why = holds(without_schedules(notification.when), event, zone)
    if applies and notification.audience is Audience.ANY:
        return []
    why = names_nobody(notification.audience) if applies else why
    return [Finding("notification", notification.id, False, why)]


def _why_not_fired(route: Route, notification: str, event: Event, zone: tzinfo) -> list[Finding]:
    """As above. What a schedule has kept from firing has a finding already, so that schedules are not asked here."""
    fires, why = holds(without_schedules(route.when), event, zone)
    if fires:
        return []
    return [Finding("route", route.name, False, why, notification, route.name, route.place)]
