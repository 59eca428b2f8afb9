"""Which notifications of an event's type apply to it, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway import conditions
from gateway.model import Audience, Config, Event, EventType, Finding, Notification, Role
from gateway.routing.audience import ROLE_OF, Named, named_people


@dataclass(frozen=True, slots=True)
class Applied:
    """A notification that applies to an event."""

    notification: Notification
    people: tuple[str, ...]
    """Its audience, without the actor where it excepts them; empty for the audience `any`."""
    barred: frozenset[str]
    """People who must not hear of it: the actor, where it excepts them."""


class Names:
    """The people an event names, looked up once a role."""

    def __init__(self, event: Event, event_type: EventType, config: Config) -> None:
        self._lookup = (event, event_type, config)
        self._found: dict[Role, Named] = {}

    def of(self, role: Role) -> Named:
        if role not in self._found:
            event, event_type, config = self._lookup
            self._found[role] = named_people(event, event_type, role, config)
        return self._found[role]


def applied(event: Event, event_type: EventType, names: Names, findings: list[Finding]) -> Iterator[Applied]:
    """The notifications that apply, in the catalogue's order; says why of each in *findings*."""
    for notification in event_type.notifications:
        is_met, why = conditions.holds(notification.when, event)
        barred = frozenset(names.of(Role.ACTOR).known) if notification.excepts_actor else frozenset()
        if not is_met:
            findings.append(Finding("notification", notification.id, False, why))
        elif notification.audience is Audience.ANY:
            findings.append(Finding("notification", notification.id, True, why or "it concerns everybody"))
            yield Applied(notification, (), barred)
        else:
            people = tuple(_audience(notification, names, barred, findings))
            has_unknown = bool(names.of(ROLE_OF[notification.audience]).unknown)
            if people or has_unknown:
                text = (
                    f"it concerns {', '.join(people)}" if people else "it concerns people the directory does not know"
                )
                findings.append(Finding("notification", notification.id, True, text))
                yield Applied(notification, people, barred)
            else:
                findings.append(Finding("notification", notification.id, False, _nobody(notification, bool(barred))))


def _audience(
    notification: Notification, names: Names, barred: frozenset[str], findings: list[Finding]
) -> Iterator[str]:
    named = names.of(ROLE_OF[notification.audience])
    for person in named.known:
        if person in barred:
            findings.append(Finding("person", person, False, "did it, and is not told", notification.id))
        else:
            yield person
    for identity in named.unknown:
        why = "the directory knows nobody of this identity"
        findings.append(Finding("person", identity, False, why, notification.id))


def _nobody(notification: Notification, excepts: bool) -> str:
    role = {Audience.MINE: "responsible", Audience.SUBSCRIBED: "subscribed", Audience.MENTIONED: "mentioned"}
    other = " but who did it" if excepts else ""
    return f"the event names nobody {role[notification.audience]}{other}"
