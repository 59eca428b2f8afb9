"""Which notifications of an event's type apply to it, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds
from gateway.model import Audience, Config, Event, EventType, Finding, Notification, Role
from gateway.routing.audience import ROLE_OF, Named, named_people

DID_IT = "did it, and is not told"
ROLE_WORDS = {Audience.MINE: "responsible", Audience.SUBSCRIBED: "subscribed", Audience.MENTIONED: "mentioned"}


@dataclass(frozen=True, slots=True)
class Applied:
    """A notification that applies to an event."""

    notification: Notification
    people: tuple[str, ...]
    """Its audience, without the actor where it excepts them; empty for the audience `any`."""
    barred: frozenset[str]
    """People who must not hear of it: the actor, where it excepts them."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What of its type's notifications applies to an event."""

    notifications: tuple[Applied, ...]
    """In the catalogue's order."""
    was_barred: bool
    """Somebody the event names was left out on purpose."""


@dataclass(frozen=True, slots=True)
class _Audience:
    people: tuple[str, ...]
    strangers: tuple[str, ...]
    """Those the directory does not know."""
    left_out: tuple[str, ...]
    """The actor, known or not."""


def match(event: Event, event_type: EventType, config: Config, findings: list[Finding]) -> Matched:
    """The notifications that apply to *event*; says of each, in *findings*, why or why not.

    One for certain people applies when somebody is left of them, were it somebody the directory does
    not know: a channel may still hear of it.
    """
    names = _Names(event, event_type, config)
    zone = ZoneInfo(config.timezone)
    matched: list[Applied] = []
    was_barred = False
    for notification in event_type.notifications:
        is_met, why = holds(notification.when, event, zone)
        if not is_met:
            findings.append(Finding("notification", notification.id, False, why))
            continue
        barred = names.of(Role.ACTOR) if notification.excepts_actor else Named((), {})
        people: tuple[str, ...] = ()
        persons: list[Finding] = []
        if notification.audience is not Audience.ANY:
            audience = _audience(names.of(ROLE_OF[notification.audience]), barred)
            persons = _person_findings(notification, audience)
            was_barred |= bool(audience.left_out)
            people, is_met, why = audience.people, bool(audience.people or audience.strangers), _whom(audience)
            if not is_met:
                other = " but who did it" if audience.left_out else ""
                why = f"the event names nobody {ROLE_WORDS[notification.audience]}{other}"
        why = why or "it concerns everybody"
        if is_met and not config.routes_by_notification.get(notification.id):
            why += "; no route names it"
        findings += [Finding("notification", notification.id, is_met, why), *persons]
        if is_met:
            matched.append(Applied(notification, people, frozenset(barred.known)))
    return Matched(tuple(matched), was_barred)


class _Names:
    """The people an event names, looked up once a role."""

    def __init__(self, event: Event, event_type: EventType, config: Config) -> None:
        self._lookup = (event, event_type, config)
        self._found: dict[Role, Named] = {}

    def of(self, role: Role) -> Named:
        if role not in self._found:
            event, event_type, config = self._lookup
            self._found[role] = named_people(event, event_type, role, config)
        return self._found[role]


def _audience(named: Named, barred: Named) -> _Audience:
    barred_identities = frozenset().union(*barred.unknown.values())
    known_out = [one for one in named.known if one in barred.known]
    unknown_out = [one for one, identities in named.unknown.items() if identities & barred_identities]
    return _Audience(
        people=tuple(one for one in named.known if one not in known_out),
        strangers=tuple(one for one in named.unknown if one not in unknown_out),
        left_out=(*known_out, *unknown_out),
    )


def _whom(audience: _Audience) -> str:
    if not audience.people:
        return "it concerns people the directory does not know"
    return f"it concerns {', '.join(audience.people)}"


def _person_findings(notification: Notification, audience: _Audience) -> list[Finding]:
    unknown = "the directory knows nobody of this identity"
    return [
        *(Finding("person", one, False, DID_IT, notification.id) for one in audience.left_out),
        *(Finding("person", one, False, unknown, notification.id) for one in audience.strangers),
    ]
