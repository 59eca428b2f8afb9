"""Builds the timing of the catalogue from its YAML: timers, thresholds, rollups, delays, and how each event changes
them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import time, timedelta
from typing import Any

from gateway.conditions.parse import Terms, parse_condition
from gateway.config.catalog.keys import EventTypeKeys, NotificationKeys, TriggerKeys, Triggers
from gateway.config.sections import listed
from gateway.durations import parse_duration
from gateway.model import (
    ALWAYS,
    Condition,
    Delay,
    EventType,
    Lead,
    Path,
    Reaction,
    Rollup,
    Threshold,
    Timer,
    Trigger,
)
from gateway.paths import parse_path

TIME_OF_DAY = "09:00"
"""The time of day for a moment that is given only as a date."""
WORKING = re.compile(r"([0-9]{1,4}) working (hour|minute)s?")
"""`4 working hours`."""


def build_timing(
    value: EventTypeKeys, events: Mapping[str, EventTypeKeys], terms: Terms
) -> Timer | Threshold | Rollup | None:
    """The timing of an event type, or None; *events* are all event types as in the YAML."""
    if "timer" in value:
        timer = value["timer"]
        leads = {build_lead(text, timer.get("working", "")) for _, text in listed(timer.get("before", "0s"))}
        return Timer(
            set_by=build_triggers(timer["from"], events, terms),
            at=parse_path(timer["at"]),
            leads=tuple(sorted(leads, key=lambda lead: timedelta(days=lead.days) + lead.span, reverse=True)),
            keys=tuple(parse_path(text) for _, text in listed(timer.get("key"))),
            time_of_day=time.fromisoformat(timer.get("time_of_day", TIME_OF_DAY)),
            lead_into=parse_path(timer["lead"]) if "lead" in timer else None,
            cancelled_by=build_triggers(timer.get("cancel_on", []), events, terms),
            updated_by=build_triggers(timer.get("update_on", []), events, terms),
            resumed_by=build_triggers(timer.get("resume_on", []), events, terms),
        )
    if "threshold" in value:
        threshold = value["threshold"]
        return Threshold(
            set_by=build_triggers(threshold["from"], events, terms),
            value=parse_path(threshold["value"]),
            at_most=threshold["at_most"],
            above=threshold.get("above"),
        )
    if "rollup" in value:
        rollup = value["rollup"]
        return Rollup(
            set_by=build_triggers(rollup["from"], events, terms),
            item=parse_path(rollup["item"]),
            since=parse_path(rollup["since"]) if "since" in rollup else None,
            into=parse_path(rollup["into"]),
            older_than=parse_duration(rollup.get("older_than", "0s")),
            daily_at=time.fromisoformat(rollup["daily_at"]),
            cancelled_by=build_triggers(rollup.get("cancel_on", []), events, terms),
        )
    return None


def build_delay(value: NotificationKeys, events: Mapping[str, EventTypeKeys], terms: Terms) -> Delay | None:
    """How long a notification's messages are held."""
    if "delay" not in value:
        return None
    return Delay(
        parse_duration(value["delay"]),
        cancelled_by=build_triggers(value.get("cancel_on", []), events, terms),
        updated_by=build_triggers(value.get("update_on", []), events, terms),
    )


def build_triggers(triggers: Triggers, events: Mapping[str, EventTypeKeys], terms: Terms) -> tuple[Trigger, ...]:
    """The events that *triggers* refer to; unknown names are left out.

    Each is an event type, a notification (then its condition counts too), or a map of `event` and `when`.
    """
    built = []
    for trigger in triggers if isinstance(triggers, list) else [triggers]:
        name = trigger_name(trigger)
        event_type = trigger_type(name, events)
        if event_type is None:
            continue
        when = trigger.get("when") if isinstance(trigger, Mapping) else None
        if name != event_type:
            when = events[event_type]["notifications"][name.rpartition(".")[2]].get("when")
        built.append(Trigger(event_type, parse_condition(when, terms) if when else ALWAYS))
    return tuple(built)


def trigger_name(trigger: str | TriggerKeys) -> str:
    """The event type or notification that *trigger* names."""
    return str(trigger["event"]) if isinstance(trigger, Mapping) else trigger


def trigger_type(name: str, events: Mapping[str, EventTypeKeys]) -> str | None:
    """The event type that *name* refers to, directly or through one of its notifications; None if it is unknown."""
    if name in events:
        return name
    event_type, _, notification = name.rpartition(".")
    return event_type if notification in events.get(event_type, {}).get("notifications", {}) else None


def build_reactions(events: Mapping[str, EventType]) -> Mapping[str, tuple[Reaction, ...]]:
    """For each event type, what its events do to the timed events of other types and to held messages."""
    reactions: dict[str, list[Reaction]] = {}
    conditions: dict[Condition, Condition] = {}

    def add(kind: Any, triggers: tuple[Trigger, ...], event_type: str, notification: str = "") -> None:
        for trigger in triggers:
            # Equal conditions share one object, so that an event evaluates each condition once.
            when = conditions.setdefault(trigger.when, trigger.when)
            reactions.setdefault(trigger.event_type, []).append(Reaction(kind, event_type, when, notification))

    for event_type in events.values():
        timing = event_type.timing
        if timing is not None:
            add("set", timing.set_by, event_type.name)
        if isinstance(timing, Timer):
            add("update", timing.updated_by, event_type.name)
            resuming = {trigger.event_type for trigger in timing.resumed_by}
            for trigger in timing.cancelled_by:
                add("suspend" if trigger.event_type in resuming else "cancel", (trigger,), event_type.name)
            add("resume", timing.resumed_by, event_type.name)
        if isinstance(timing, Rollup):
            add("cancel", timing.cancelled_by, event_type.name)
        for id, delay in ((row.id, row.delay) for row in event_type.notifications if row.delay):
            add("drop", delay.cancelled_by, event_type.name, id)
            add("refresh", delay.updated_by, event_type.name, id)
    for name, mentions in _mentions(events.values()):
        add("mention", mentions, name)
    return {name: tuple(caused) for name, caused in reactions.items()}


def _mentions(event_types: Collection[EventType]) -> Iterator[tuple[str, tuple[Trigger, ...]]]:
    """Pairs of an event type with a timer and an event type about the same subject that does not feed the timer.

    Types with the same subject share what is remembered about it, so types that name other people for it are left out.
    """
    personal: list[tuple[EventType, Timer, set[Path]]] = []
    for event_type in event_types:
        people = {path for paths in event_type.people.values() for path in paths}
        if isinstance(event_type.timing, Timer) and people:
            personal.append((event_type, event_type.timing, people))
    # Of several timers about one subject, the one that names the most people remembers them for all; of equal ones the
    # first.
    for number, (event_type, timer, people) in enumerate(personal):
        is_named_by_another = any(
            other.subject == event_type.subject and (people < more or (people == more and place < number))
            for place, (other, _, more) in enumerate(personal)
        )
        if not is_named_by_another:
            triggering = {event_type.name, *(trigger.event_type for trigger in (*timer.set_by, *timer.updated_by))}
            others = (other for other in event_types if other.subject == event_type.subject)
            yield event_type.name, tuple(Trigger(other.name) for other in others if other.name not in triggering)


def build_lead(text: str, working: str = "") -> Lead:
    """`30d` is calendar days, `4 working hours` counts in the schedule *working*, and anything else is elapsed time.

    Raises: ValueError, whose text is a noun phrase that says what is expected.
    """
    if match := WORKING.fullmatch(text):
        return Lead(span=timedelta(**{f"{match[2]}s": int(match[1])}), working=working)
    span = parse_duration(text)
    return Lead(days=span.days) if text.endswith("d") else Lead(span=span)
