"""The meaning of the catalogue's time: what times an event type exists, and what comes of it fits the type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from gateway.config import datapaths
from gateway.config.build_timing import build_lead, build_timing, trigger_type
from gateway.config.check_conditions import right_path
from gateway.config.explain import explanations
from gateway.config.hints import did_you_mean
from gateway.config.sections import Entry
from gateway.config.source import Document
from gateway.config.validation import Schemas
from gateway.model import Lead, Problem, Rollup, Timer
from gateway.paths import parse_path
from gateway.settings import parse_duration
from gateway.timing.made import rollup_data, timer_data

TIMINGS = ("timer", "threshold", "rollup")
TRIGGERS = ("from", "cancel_on", "update_on")
KINDS = {
    "at": ({"string"}, "date or time"),
    "lead": ({"integer", "number"}, "number of days"),
    "value": ({"integer", "number", "string"}, "number"),
    "into": ({"array"}, "list"),
}
"""By key: the JSON types of what its path leads to, and their name."""
IN_FROM = {"timer": ("at", "key"), "threshold": ("value",), "rollup": ("item",)}
"""By timing: the keys whose paths are in the data of the events that feed it."""
IN_OWN = {"timer": ("at", "key", "lead"), "threshold": (), "rollup": ("into",)}
"""... and in the data of the event type itself."""

Events = Mapping[str, Any]


def check_timing(entry: Entry, events: Events, schemas: Schemas, unusable: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the time of the event type *entry*; *events* are all, those *unusable* have no schema."""
    given = [key for key in TIMINGS if key in entry.value]
    if len(given) > 1:
        yield entry.problem((given[1],), f"the event type has a {given[0]} already", "make two event types of it")
        return
    for key in given:
        problems = list(_check(entry, key, events, schemas, unusable))
        yield from problems
        if not problems:
            yield from _check_made(entry, key, events, schemas)
    for name, notification in entry.value.get("notifications", {}).items():
        yield from _check_delay(entry, ("notifications", name), notification, events)


def unused_facts(document: Document) -> Iterator[Problem]:
    """Facts that feed nothing: nobody would ever hear of them."""
    events = document.value["events"]
    used = set()
    for event in events.values():
        for place in [*(event.get(key, {}) for key in TIMINGS), *event.get("notifications", {}).values()]:
            used |= {trigger_type(name, events) for key in TRIGGERS for _, name in _names(place, key)}
    for name, event in events.items():
        if event.get("fact") and name not in used:
            hint = "name it in `from`, `cancel_on` or `update_on` of an event type"
            yield document.problem(("events", name), "this fact feeds nothing", hint, key=True)


def _check(entry: Entry, timing: str, events: Events, schemas: Schemas, unusable: Collection[str]) -> Iterator[Problem]:
    value = entry.value[timing]
    for key in TRIGGERS:
        yield from _check_triggers(entry, (timing,), key, events, needs_subject=timing != "threshold")
    if timing == "timer" and "subject" not in entry.value:
        yield entry.problem((timing,), "the event type does not say what it is about: subject is missing", key=True)
    feeding = [trigger_type(name, events) for _, name in _names(value, "from")]
    feeding = [name for name in feeding if name and name not in unusable]
    for key in dict.fromkeys((*IN_FROM[timing], *IN_OWN[timing])):
        places = [(events[str(name)]["data"], f"the data of {name}") for name in feeding if key in IN_FROM[timing]]
        places += [(entry.value["data"], "the event's data")] if key in IN_OWN[timing] else []
        found = (list(_check_paths(entry, (timing, key), schema, where, schemas)) for schema, where in places)
        yield from next(filter(None, found), [])
    if timing == "timer":
        yield from _check_leads(entry, value)
    if timing == "rollup" and "older_than" in value:
        yield from _check_duration(entry, (timing, "older_than"), value["older_than"])
    if "above" in value and value["above"] >= value["at_most"]:
        yield entry.problem((timing, "above"), f"no value is above {value['above']} and at most {value['at_most']}")


def _names(place: Mapping[str, Any], key: str) -> list[tuple[tuple[int, ...], str]]:
    """(place below *key*, name) of every event type or notification that it names."""
    named = place.get(key, [])
    return [((), named)] if isinstance(named, str) else [((number,), name) for number, name in enumerate(named)]


def _check_triggers(
    entry: Entry, path: tuple[str, ...], key: str, events: Events, *, needs_subject: bool
) -> Iterator[Problem]:
    place: Any = entry.value
    for step in path:
        place = place[step]
    for rest, name in _names(place, key):
        event_type = trigger_type(name, events)
        if event_type is None:
            known = [*events, *(f"{one}.{row}" for one in events for row in events[one].get("notifications", {}))]
            message = f"unknown event type or notification {name!r}"
            yield entry.problem((*path, key, *rest), message, did_you_mean(name, known))
        elif event_type == entry.name and key != "cancel_on":
            yield entry.problem((*path, key, *rest), "an event type cannot be made of its own events")
        elif needs_subject and "subject" not in events[event_type]:
            message = f"{event_type} does not say what it is about: its subject is missing"
            yield entry.problem((*path, key, *rest), message)


def _check_paths(entry: Entry, place: tuple[str, str], schema: Any, where: str, schemas: Schemas) -> Iterator[Problem]:
    named = entry.value[place[0]].get(place[1], [])
    for rest, text in [((), named)] if isinstance(named, str) else [((i,), one) for i, one in enumerate(named)]:
        path = parse_path(text)
        unknown = datapaths.unknown_step(schema, path, schemas.documents)
        types = datapaths.types_at(schema, path, schemas.documents) - {"null"}
        wanted, words = KINDS.get(place[1], (types, ""))
        if unknown:
            yield entry.problem((*place, *rest), f"no such field in {where}: {text!r}", right_path(path, unknown))
        elif types and not types & wanted:
            yield entry.problem((*place, *rest), f"{text} in {where} is no {words}")


def _check_leads(entry: Entry, timer: Mapping[str, Any]) -> Iterator[Problem]:
    before = timer.get("before", [])
    seen: dict[Lead, str] = {}
    for rest, text in [((), before)] if isinstance(before, str) else [((i,), one) for i, one in enumerate(before)]:
        place = ("timer", "before", *rest)
        problems = list(_check_duration(entry, place, text))
        yield from problems
        if problems:
            continue
        lead = build_lead(text)
        if lead in seen:
            yield entry.problem(place, f"{text!r} is as long as {seen[lead]!r}", "remove one")
        elif "lead" in timer and not lead.days:
            hint = f"write {max(1, round(lead.span / timedelta(days=1)))}d, or remove `lead`"
            yield entry.problem(place, f"{text!r} is not in days, as the data at `lead` says it", hint)
        seen[lead] = text


def _check_duration(entry: Entry, place: tuple[str | int, ...], text: str) -> Iterator[Problem]:
    try:
        parse_duration(text)
    except (ValueError, OverflowError) as exc:
        yield entry.problem(place, f"{text!r}: expected {exc}")


def _check_delay(
    entry: Entry, path: tuple[str, ...], notification: Mapping[str, Any], events: Events
) -> Iterator[Problem]:
    if "delay" in notification:
        yield from _check_duration(entry, (*path, "delay"), notification["delay"])
    if "cancel_on" not in notification:
        return
    if "subject" not in entry.value:
        message = "the event type does not say what it is about: subject is missing"
        yield entry.problem((*path, "cancel_on"), message, key=True)
    yield from _check_triggers(entry, path, "cancel_on", events, needs_subject=True)


def _check_made(entry: Entry, key: str, events: Events, schemas: Schemas) -> Iterator[Problem]:
    """What an event that feeds the type leads to must fit the type's schema: tried with each one's example."""
    timing = build_timing(entry.value, events)
    validator = schemas.validator(entry.value["data"], entry.name)
    for rest, name in _names(entry.value[key], "from"):
        event_type = trigger_type(name, events) or ""
        example = made = events[event_type]["example"]
        if isinstance(timing, Timer):
            made = timer_data(timing, example, (), timing.leads[0])
        elif isinstance(timing, Rollup):
            made = rollup_data(timing, [_at(example, timing.item)])
        for one in explanations(validator.errors(made))[:1]:
            where = ".".join(str(step) for step in one.path)
            wrong = f"{where}: {one.message}" if where else one.message
            yield entry.problem((key, "from", *rest), f"the example of {event_type} makes no such event: {wrong}")


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data
