"""Checks the timing in the catalogue: everything that timers and delays name must exist and have the right type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from gateway.conditions.parse import Terms
from gateway.config.catalog import data_paths
from gateway.config.catalog.build_timing import WORKING, build_lead, trigger_name, trigger_type
from gateway.config.catalog.keys import TriggerKeys
from gateway.config.catalog.shape import Shape
from gateway.config.conditions import check_condition, suggested_path
from gateway.config.sections import Entry, listed
from gateway.durations import parse_duration
from gateway.model import DocumentPath, Lead, Level, Problem
from gateway.paths import EVENT, parse_path
from gateway.quoting import quote
from gateway.suggestions import did_you_mean, nearest
from gateway.validation.validator import Schemas
from gateway.yaml.document import Document

TIMINGS = ("timer", "threshold", "rollup")
TRIGGERS = ("from", "cancel_on", "update_on", "resume_on")
KINDS = {
    "at": ({"string"}, "date or time"),
    "key": ({"string", "integer", "number", "boolean"}, "text or number"),
    "since": ({"string"}, "date or time"),
    "lead": ({"integer", "number"}, "number of days"),
    "value": ({"integer", "number", "string"}, "number"),
    "into": ({"array"}, "list"),
}
"""For each key, the JSON types that its path may lead to, and how messages name them."""
MOMENTS = {"date", "date-time"}
"""Formats of a date or time."""
IN_FROM = {"timer": ("at", "key"), "threshold": ("value",), "rollup": ("item", "since")}
"""For each kind of timing, the keys with paths into the data of the events that feed it."""
IN_OWN = {"timer": ("at", "key", "lead"), "threshold": (), "rollup": ("into",)}
"""The same for paths into the data of the event type itself."""

Events = Mapping[str, Any]


def check_timing(entry: Entry, events: Events, schemas: Schemas, unusable: Collection[str]) -> Iterator[Problem]:
    """Problems of the timer, threshold or rollup of the event type *entry*. *events* are all event types; those in
    *unusable* have no valid schema."""
    kinds = [key for key in TIMINGS if key in entry.value]
    if len(kinds) > 1:
        yield entry.problem((kinds[1],), f"the event type already has a {kinds[0]}", "split it into two event types")
    if len(kinds) != 1:
        return
    timing, value = kinds[0], entry.value[kinds[0]]
    needs_subject = timing != "threshold"
    yield from _check_triggers(entry, (timing,), value, events, schemas, needs_subject=needs_subject)
    if timing == "timer" and "subject" not in entry.value:
        yield entry.problem((timing,), "the event type has no `subject`, which a timer needs", key=True)
    event_types = (trigger_type(trigger_name(trigger), events) for _, trigger in listed(value["from"]))
    usable = [name for name in event_types if name and name not in (entry.name, *unusable)]
    feeding = [name for name in usable if "subject" in events[name] or not needs_subject]
    for key in dict.fromkeys((*IN_FROM[timing], *IN_OWN[timing])):
        places = [(events[name]["data"], f"the data of {name}") for name in feeding if key in IN_FROM[timing]]
        places += [(entry.value["data"], "the event's data")] if key in IN_OWN[timing] else []
        # One feeding event type without the path is enough to show the mistake.
        problems = (list(_check_paths(entry, (timing, key), schema, where, schemas)) for schema, where in places)
        yield from next(filter(None, problems), [])
    if timing == "timer":
        yield from _check_leads(entry, value)
    if "older_than" in value:
        yield from _check_duration(entry, (timing, "older_than"), value["older_than"])
    if "above" in value and value["above"] >= value["at_most"]:
        yield entry.problem((timing, "above"), f"no value is above {value['above']} and at most {value['at_most']}")


def check_delays(entry: Entry, events: Events, schemas: Schemas) -> Iterator[Problem]:
    """Problems of the delays of an event type's notifications."""
    for name, notification in entry.value.get("notifications", {}).items():
        place = ("notifications", name)
        if "delay" in notification:
            yield from _check_duration(entry, (*place, "delay"), notification["delay"])
        for key in [key for key in ("cancel_on", "update_on") if key in notification]:
            if "subject" not in entry.value:
                message = f"the event type has no `subject`, which `{key}` needs"
                yield entry.problem((*place, key), message, key=True)
        if {"cancel_on", "update_on"} & notification.keys():
            yield from _check_triggers(entry, place, notification, events, schemas, needs_subject=True)


def unused_facts(document: Document) -> Iterator[Problem]:
    """Facts that nothing uses, so that they have no effect."""
    events = document.value["events"]
    facts = [name for name, event in events.items() if event.get("fact")]
    used = set()
    for event in events.values():
        for place in [*(event.get(key, {}) for key in TIMINGS), *event.get("notifications", {}).values()]:
            for _, trigger in _triggers(place):
                name = trigger_name(trigger)
                event_type = trigger_type(name, events)
                # A misspelled name is one problem, not two: the fact that was probably meant counts as used.
                used |= {event_type} if event_type else {*nearest(name, facts, most=1)}
    for name in facts:
        if name not in used:
            hint = "name it in `from`, `cancel_on` or `update_on` of an event type"
            message = f"nothing uses the fact {name!r}"
            yield document.problem(("events", name), message, hint, key=True, level=Level.WARNING)


def terms_of(entry: Entry) -> Terms:
    """The names that conditions may use in the catalogue that contains *entry*."""
    return Terms(states=entry.document.value.get("states", {}))


def _triggers(value: Mapping[str, Any]) -> Iterator[tuple[DocumentPath, str | TriggerKeys]]:
    """Place and trigger of every trigger below *value*."""
    for key in TRIGGERS:
        for subpath, trigger in listed(value.get(key)):
            yield (key, *subpath), trigger


def _check_triggers(
    entry: Entry,
    path: tuple[str, ...],
    value: Mapping[str, Any],
    events: Events,
    schemas: Schemas,
    *,
    needs_subject: bool,
) -> Iterator[Problem]:
    """Problems of the event types and notifications named in *value*, which is at *path*."""
    seen: dict[str, str | int] = {}
    for subpath, trigger in _triggers(value):
        name = trigger_name(trigger)
        place = (*path, *subpath, "event") if isinstance(trigger, Mapping) else (*path, *subpath)
        event_type = trigger_type(name, events)
        if event_type is None:
            names = [*events, *(f"{event}.{row}" for event in events for row in events[event].get("notifications", {}))]
            yield entry.problem(place, f"unknown event type or notification {quote(name)}", did_you_mean(name, names))
        elif name in seen and not isinstance(trigger, Mapping):
            yield entry.problem(place, f"{name!r} is already in `{seen[name]}`", "remove one of the two")
        elif event_type == entry.name and subpath[0] != "cancel_on":
            if path[0] == "notifications":
                hint = "name the type in `cancel_on`: then the newer message takes the place of the older one"
                yield entry.problem(place, "an event has a message of its own, which is newer than the held one", hint)
            else:
                yield entry.problem(place, "an event type cannot be derived from its own events")
        elif needs_subject and "subject" not in events[event_type]:
            yield entry.problem(place, f"{event_type} has no `subject`, so the two events cannot be matched")
        elif isinstance(trigger, Mapping) and "when" in trigger:
            when = entry.below(*path, *subpath, "when")
            shapes = [Shape.declared(events[event_type])]
            yield from check_condition(when, shapes, schemas.documents, {}, terms_of(entry))
        if not isinstance(trigger, Mapping):  # the same type may be named more than once, with different conditions
            seen.setdefault(name, subpath[0])


def _check_paths(entry: Entry, place: tuple[str, str], schema: Any, where: str, schemas: Schemas) -> Iterator[Problem]:
    """Checks the paths at *place* against the data *schema* of an event type, which messages call *where*."""
    for subpath, text in listed(entry.value[place[0]].get(place[1])):
        path = parse_path(text)
        unknown = data_paths.unknown_step(schema, path, schemas.documents)
        if unknown or path[0] == EVENT:
            hint = suggested_path(path, unknown) if unknown else "a path in this place starts in the event's data"
            yield entry.problem((*place, *subpath), f"{where} has no field {quote(text)}", hint)
            continue
        types = data_paths.named_at(schema, path, "type", schemas.documents) - {"null"}
        allowed_types, words = KINDS.get(place[1], (types, ""))
        formats = data_paths.named_at(schema, path, "format", schemas.documents)
        if types and not types & allowed_types:
            yield entry.problem((*place, *subpath), f"{text} in {where} is not a {words}")
        elif types and place[1] in ("at", "since") and not formats & MOMENTS:
            hint = None if formats else "declare it with `format: date-time` or `format: date`"
            yield entry.problem((*place, *subpath), f"{text} in {where} may be any text, not only a {words}", hint)


def _check_leads(entry: Entry, timer: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[Lead, str] = {}
    texts = list(listed(timer.get("before")))
    if "working" in timer and not any(WORKING.fullmatch(text) for _, text in texts):
        hint = "write `before: 4 working hours`, or remove `working`"
        yield entry.problem(
            ("timer", "working"), "no `before` counts working time, so this schedule is not used", hint, key=True
        )
    for subpath, text in texts:
        place = ("timer", "before", *subpath)
        try:
            lead = build_lead(text, timer.get("working", ""))
        except ValueError as exc:
            yield entry.problem(place, f"{text!r}: expected {exc}")
            continue
        if lead in seen:
            yield entry.problem(place, f"{text!r} is as long as {seen[lead]!r}", "remove one of the two")
        elif WORKING.fullmatch(text) and not lead.working:
            hint = "name a schedule of routes/: `working: business-hours`"
            yield entry.problem(place, f"{text!r} does not say by which schedule", hint)
        elif lead.working and not lead.span:
            yield entry.problem(place, f"{text!r} is a duration of zero", "write 0s for the moment itself")
        elif "lead" in timer and lead.span:
            hint = f"write {max(1, round(lead.span / timedelta(days=1)))}d, or remove `lead`"
            yield entry.problem(place, f"{text!r} is not in days, but `lead` counts in days", hint)
        seen.setdefault(lead, text)


def _check_duration(entry: Entry, place: DocumentPath, text: str) -> Iterator[Problem]:
    try:
        parse_duration(text)
    except ValueError as exc:
        yield entry.problem(place, f"{text!r}: expected {exc}")
