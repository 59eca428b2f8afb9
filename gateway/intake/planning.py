"""Planning events. What the ledger knows of people is read first, as far as it decides.

A plan is made once for all events that are decided alike: one type, one source, the same values where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.conditions.evaluate import paths_of, schedules_of
from gateway.conditions.index import keys_of
from gateway.encoding import canonical, digest
from gateway.model import Circumstances, Config, Event, EventType, IndexKey, Path, Plan, Recipient, Schedule, is_builtin
from gateway.paths import MISSING, lookup
from gateway.per_config import PerConfig
from gateway.routing.audience import mentioned_in_texts, strangers_of
from gateway.routing.plan import plan
from gateway.routing.recipients import who_is_on_call
from gateway.routing.routes import depends_on_rotation, routes_of, unfiled_conditions, with_alternatives
from gateway.runtime import Runtime
from gateway.schedules.windows import describe
from gateway.store.explanations import encode_explanation
from gateway.store.strangers import encode_strangers
from gateway.timing.reactions import MetReactions, met_reactions

MAX_KEPT = 1_000
MAX_DECISIVE_BYTES = 1_000
"""The limit for the values that decide, as JSON; the plan of an event with more of them is made for it alone."""


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    explanation: str
    """The plan's findings, as the ledger keeps them."""
    explanation_id: str | None = None
    """Its digest, once a second event has it: then it is worth a key of its own."""
    strangers: str = ""
    """Whom such events name and nobody knows: `encode_strangers`."""
    reactions: MetReactions | None = None
    """What such events do to time, when the plan is kept for others."""


@dataclass(frozen=True, slots=True)
class Decisive:
    """What decides the plan and the reactions of the events of one type, their source aside."""

    paths: tuple[Path, ...]
    """What the conditions read, where people are named, and the keys of lookups."""
    indexed: Mapping[Path, frozenset[IndexKey]]
    """Paths that are read only to find routes, and the values under which routes are filed: another value finds none,
    and is like any other that finds none."""
    schedules: tuple[Schedule, ...]
    rotations: tuple[Recipient, ...]

    event_type: EventType

    def values(self, event: Event, config: Config) -> list[Any]:
        """The values of *event* that decide; null stands for what is missing or does not matter."""
        values = [None if (value := lookup(event, path)) is MISSING else value for path in self.paths]
        for path, keys in self.indexed.items():
            value = lookup(event, path)
            values.append(value if any(key in keys for key in keys_of(value)) else None)
        if self.event_type.mentions:  # whom a text mentions decides, and not the text
            values.append(mentioned_in_texts(event, self.event_type, config))
        return values

    def state(self, config: Config, circumstances: Circumstances) -> tuple[str, ...]:
        """What the schedules and rotations say at this time, in the words of the explanation."""
        if not self.schedules and not self.rotations:
            return ()
        schedules = (describe(schedule, circumstances.now) for schedule in self.schedules)
        on_call = (who_is_on_call(recipient, config, circumstances) for recipient in self.rotations)
        return (*schedules, *(f"{current.people} {current.why}" for current in on_call))


class Plans:
    """The plans of one configuration, and what it needs for them. Safe in threads: at worst two make the same plan."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._decisive: dict[str, Decisive | None] = {}
        self._plans: dict[tuple[str, str, bytes, tuple[str, ...]], Planned] = {}
        self._needs: dict[str, tuple[bool, bool]] = {}

    def needs(self, event_types: Iterable[str]) -> tuple[bool, bool]:
        """(whether any of *event_types* depends on who is online, whether any depends on who is on call)."""
        asks_presence = asks_rotation = False
        for name in event_types:
            known = self._needs.get(name)
            if known is None:
                event_type = self._config.catalog.events.get(name)
                if event_type is None:
                    continue
                has_presence = any(row.presence for row in event_type.notifications)
                known = self._needs[name] = has_presence, depends_on_rotation(name, self._config)
            asks_presence, asks_rotation = asks_presence or known[0], asks_rotation or known[1]
        return asks_presence, asks_rotation

    def of(self, event: Event, circumstances: Circumstances) -> Planned:
        """What `plan` makes of *event*."""
        if event.type not in self._decisive:
            self._decisive[event.type] = decisive_for(event.type, self._config)
        decisive = self._decisive[event.type]
        if decisive is None:
            return self._plan(event, circumstances)
        key_values = canonical(decisive.values(event, self._config), sort=False)
        if len(key_values) > MAX_DECISIVE_BYTES:
            return self._plan(event, circumstances)
        key = (event.type, event.source, key_values, decisive.state(self._config, circumstances))
        planned = self._plans.get(key)
        if planned is None:
            if len(self._plans) >= MAX_KEPT:
                self._plans.clear()
            planned = replace(self._plan(event, circumstances), reactions=met_reactions(event, self._config))
            self._plans[key] = replace(planned, explanation_id=digest(planned.explanation))
        return planned

    def _plan(self, event: Event, circumstances: Circumstances) -> Planned:
        event_plan = plan(event, self._config, circumstances)
        strangers = [(role, stranger.identities) for role, stranger in strangers_of(event, self._config)]
        return Planned(event_plan, encode_explanation(event_plan), strangers=encode_strangers(event.source, strangers))


def decisive_for(event_type: str, config: Config) -> Decisive | None:
    """What decides about events of *event_type*.

    None when more decides: who is online, a schedule inside a condition, or of the gateway's own events the lane that
    they are about.
    """
    known = config.catalog.events[event_type]
    if is_builtin(event_type) or any(notification.presence for notification in known.notifications):
        return None
    routes = routes_of(event_type, config)
    conditions = [notification.when for notification in known.notifications]
    conditions += [reaction.when for reaction in config.catalog.reactions.get(event_type, ())]
    if any(schedules_of(condition) for condition in (*conditions, *(route.when for route in routes))):
        return None
    indexed: dict[Path, set[IndexKey]] = {}
    for notification in known.notifications:
        index = config.routes_by_notification.get(notification.id)
        for path, numbers_by_key in index.conditions.by_value.items() if index else ():
            indexed.setdefault(path, set()).update(numbers_by_key)
        conditions += unfiled_conditions(index) if index else ()
    recipients = [recipient for route in routes for entry in route.to for recipient in with_alternatives(entry)]
    paths = {path for role in known.people.values() for path in role}
    paths = paths.union(*map(paths_of, conditions), (entry.key for entry in recipients if entry.kind == "lookup"))
    return Decisive(
        event_type=known,
        paths=tuple(sorted(paths)),
        indexed={path: frozenset(keys) for path, keys in sorted(indexed.items()) if path not in paths},
        schedules=tuple(dict.fromkeys(schedule for route in routes for schedule in (*route.during, *route.not_during))),
        rotations=tuple(dict.fromkeys(entry for entry in recipients if entry.kind == "rotation")),
    )


plans = PerConfig(Plans)


# ------------------------------------------------------------------ what decides besides the event


def need_ledger(config: Config, event_types: Iterable[str]) -> bool:
    """Whether the ledger must be asked before events of these types can be planned."""
    return any(plans.of(config).needs(event_types))


def circumstances_of(runtime: Runtime, config: Config, event_types: Iterable[str], now: datetime) -> Circumstances:
    """The circumstances at *now*; the ledger is asked only for what *event_types* depend on.

    Raises: StoreUnavailable.
    """
    needs_presence, needs_overrides = plans.of(config).needs(event_types)
    return Circumstances(
        now=now,
        online=runtime.presence.online().keys() if needs_presence else (),
        overrides=runtime.overrides.by_rotation() if needs_overrides else {},
    )
