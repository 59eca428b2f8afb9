"""Which notifications of an event's type apply to it, and to which people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds, schedules_of
from gateway.model import Audience, Config, Event, EventType, Finding, Notification, Role
from gateway.routing.audience import NOBODY, ROLE_OF, NamedPeople, Stranger, named_people

IS_ACTOR = "did it, and is not notified"
NO_ACTOR = "the event names no actor, so nobody is left out as its author"
ROLE_WORDS = {Audience.MINE: "responsible", Audience.SUBSCRIBED: "subscribed", Audience.MENTIONED: "mentioned"}


@dataclass(frozen=True, slots=True)
class ApplicableNotification:
    """A notification that applies to an event."""

    notification: Notification
    people: tuple[str, ...]
    """The people of its audience, without the actor if it excepts them; empty for the audience `any`."""
    excluded: frozenset[str]
    """People who must not get it: the actor, if it excepts them."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which notifications of its type apply to an event."""

    notifications: tuple[ApplicableNotification, ...]
    """In the catalogue's order."""
    has_excluded: bool
    """Whether somebody whom the event names was left out on purpose."""


@dataclass(frozen=True, slots=True)
class _Split:
    """The people that an event names for a notification, split into those who get it and those who are left out."""

    people: tuple[str, ...]
    strangers: Mapping[str, Stranger]
    excluded: tuple[str, ...]
    """Whoever is the actor, whether the directory has them or not."""

    @classmethod
    def without(cls, actor: NamedPeople, named: NamedPeople) -> _Split:
        """The people in *named* who are not in *actor*. A stranger who shares an identity with *actor* is the actor."""
        actor_forms: frozenset[str] = frozenset().union(*(stranger.forms for stranger in actor.strangers.values()))
        excluded_people = [name for name in named.known if name in actor.known]
        unknown = [text for text, stranger in named.strangers.items() if stranger.forms & actor_forms]
        return cls(
            people=tuple(name for name in named.known if name not in excluded_people),
            strangers={text: stranger for text, stranger in named.strangers.items() if text not in unknown},
            excluded=(*excluded_people, *unknown),
        )

    def explain(self, audience: Audience) -> tuple[bool, str]:
        """Whether somebody is left, and who, as a clause."""
        if self.people:
            return True, f"it concerns {', '.join(self.people)}"
        if self.strangers:
            return True, "it concerns people the directory does not know"
        return False, names_nobody(audience) + (" other than who did it" if self.excluded else "")

    def findings(self, notification: Notification) -> list[Finding]:
        """Why people that the event names do not get *notification*: the actor, and people whom the directory does not
        have."""
        findings = [Finding("person", name, False, IS_ACTOR, notification.id) for name in self.excluded]
        for text, stranger in self.strangers.items():
            why = "the directory has nobody with this identity"
            if stranger.namesakes:
                why = f"{' and '.join(stranger.namesakes)} have this name, so it identifies nobody"
            findings.append(Finding("person", text, False, why, notification.id))
        return findings


def names_nobody(audience: Audience) -> str:
    """Why a notification for *audience* does not apply, as a clause."""
    return f"the event names nobody {ROLE_WORDS[audience]}"


def match(event: Event, event_type: EventType, config: Config, findings: list[Finding]) -> Match:
    """The notifications that apply to *event*; adds to *findings* why they apply, and why others do not.

    A notification for certain people applies if the event names somebody besides those it excepts. Strangers count,
    since a channel may be notified of what concerns them. Findings that follow from the event and the rules alone are
    left to `why_not.complete`.
    """
    people = _PeopleByRole(event, event_type, config)
    zone = ZoneInfo(config.timezone)
    applicable: list[ApplicableNotification] = []
    has_excluded = False
    for notification in event_type.notifications:
        applies, why = holds(notification.when, event, zone)
        if not applies:
            if schedules_of(notification.when):  # these are not kept with the rules, so nobody can find it out later
                findings.append(Finding("notification", notification.id, False, why))
            continue
        actor = people.of(Role.ACTOR) if notification.excepts_actor else NOBODY
        audience: tuple[str, ...] = ()
        person_findings: list[Finding] = []
        if notification.audience is not Audience.ANY:
            split = _Split.without(actor, people.of(ROLE_OF[notification.audience]))
            audience, has_excluded = split.people, has_excluded or bool(split.excluded)
            applies, why = split.explain(notification.audience)
            if not applies and not split.excluded:
                continue
            person_findings = split.findings(notification)
        if notification.excepts_actor and not actor.known and not actor.strangers:
            person_findings.append(Finding("person", "actor", False, NO_ACTOR, notification.id))
        why = why or "it concerns everybody"
        if applies and notification.id not in config.routes_by_notification:
            why += "; no route names it"
        findings += [Finding("notification", notification.id, applies, why), *person_findings]
        if applies:
            applicable.append(ApplicableNotification(notification, audience, frozenset(actor.known)))
    return Match(tuple(applicable), has_excluded)


class _PeopleByRole:
    """The people that an event names, looked up at most once for each role."""

    def __init__(self, event: Event, event_type: EventType, config: Config) -> None:
        self._arguments = (event, event_type, config)
        self._named: dict[Role, NamedPeople] = {}

    def of(self, role: Role) -> NamedPeople:
        if role not in self._named:
            event, event_type, config = self._arguments
            self._named[role] = named_people(event, event_type, role, config)
        return self._named[role]
