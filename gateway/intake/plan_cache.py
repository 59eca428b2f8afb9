"""Plans made once for all events that are decided alike: one type, one source, the same values where it matters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.conditions.evaluate import paths_of
from gateway.encoding import canonical, digest, dumps
from gateway.model import Config, Event, Path, Plan, is_builtin
from gateway.paths import MISSING, lookup
from gateway.per_config import PerConfig
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.timing.reactions import MetReactions, met_reactions

MAX_KEPT = 1_000
MAX_DECISIVE_BYTES = 1_000
"""Of the values that decide, as JSON; the plan of an event with more of them is made for it alone."""


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    explanation: Mapping[str, Any]
    """The plan's findings, as `to_document` shows them."""
    explanation_id: str | None = None
    """Its digest, when the plan is kept for others."""
    reactions: MetReactions | None = None
    """What such events do to time, when the plan is kept for others."""


class Plans:
    """The plans of one configuration. Safe in threads: at worst two make the same."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._paths: dict[str, tuple[Path, ...] | None] = {}
        self._kept: dict[tuple[str, str, bytes], Planned] = {}

    def of(self, event: Event, online: Collection[str] = ()) -> Planned:
        """What `plan` makes of *event*."""
        paths = self._decisive_paths(event.type)
        if paths is None:
            return self._planned(event, online)
        found = (lookup(event, path) for path in paths)
        values = canonical([None if value is MISSING else value for value in found], sort=False)
        if len(values) > MAX_DECISIVE_BYTES:
            return self._planned(event, online)
        key = (event.type, event.source, values)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            made = self._planned(event, online)
            known = self._kept[key] = replace(
                made, explanation_id=digest(dumps(made.explanation)), reactions=met_reactions(event, self._config)
            )
        return known

    def _planned(self, event: Event, online: Collection[str]) -> Planned:
        made = plan(event, self._config, online)
        return Planned(made, to_document(made))

    def _decisive_paths(self, event_type: str) -> tuple[Path, ...] | None:
        if event_type not in self._paths:
            self._paths[event_type] = decisive_paths(event_type, self._config)
        return self._paths[event_type]


def decisive_paths(event_type: str, config: Config) -> tuple[Path, ...] | None:
    """Where the values stand that decide the plan and the reactions of an event of *event_type*, its source aside.

    They are what the conditions read: of its notifications, of their routes, of its reactions; and where people are
    named. None: more decides, which is who is online, or of the gateway's own events the lane that they are about.
    """
    known = config.catalog.events[event_type]
    if is_builtin(event_type) or any(one.presence for one in known.notifications):
        return None
    found: set[Path] = {path for role in known.people.values() for path in role}
    for notification in known.notifications:
        found |= paths_of(notification.when)
        for route in config.routes_by_notification.get(notification.id, ()):
            found |= paths_of(route.when)
    for reaction in config.catalog.reactions.get(event_type, ()):
        found |= paths_of(reaction.when)
    return tuple(sorted(found))


plans = PerConfig(Plans)
