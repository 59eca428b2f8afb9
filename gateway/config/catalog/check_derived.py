"""What the gateway makes of other events fits the event type: tried with the example of each of these."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.conditions.evaluate import holds
from gateway.conditions.parse import ConditionError, parse_condition
from gateway.config.catalog.build_timing import build_lead, build_timing, trigger_type
from gateway.config.catalog.check_timing import TIMINGS
from gateway.config.sections import Entry, listed
from gateway.errors import TemplateFailed
from gateway.messages import templates
from gateway.messages.template_paths import missing_values
from gateway.model import Condition, Event, Lead, MessageTemplate, Path, Problem, Rollup, Severity, Threshold, Timer
from gateway.paths import MISSING, format_path, lookup, parse_path
from gateway.times import moment_of
from gateway.timing.derived import rollup_data, timer_data
from gateway.timing.moments import describe_lead
from gateway.timing.thresholds import Side, side
from gateway.validation.explain import explanations
from gateway.validation.validator import InvalidSchema, Schemas, Validator

DAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""When the events that are tried happen."""


def check_made(
    entry: Entry, events: Mapping[str, Any], schemas: Schemas, unsound: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with the events that the timing of the event type *entry* makes, all whose names exist.

    *events* are all event types; those *unsound* have their problems already.
    """
    key = next((one for one in TIMINGS if one in entry.value), "")
    timing = build_timing(entry.value, events) if entry.name not in unsound else None
    if timing is None:
        return
    try:
        validator = schemas.validator(entry.value["data"], entry.name)
    except InvalidSchema:  # which is said of the schema itself
        return
    if isinstance(timing, Timer) and timing.lead_into:
        yield from _check_rows(entry, timing, timing.lead_into)
    silent = []
    for rest, name in listed(entry.value[key]["from"]):
        event_type = trigger_type(name, events) or ""
        if event_type in unsound:
            continue
        event = _event(event_type, events[event_type]["example"])
        value = lookup(event, _told(timing))
        if value is MISSING and isinstance(timing, Timer):
            silent.append(event_type)  # which may well be: an event without a date sets no timer
            continue
        for message, hint in _wrong_value(timing, value, event_type) or _wrong_event(
            entry, events[event_type], event, timing, validator
        ):
            yield entry.problem((key, "from", *rest), message, hint)
    if isinstance(timing, Timer) and len(silent) == len(timing.set_by):
        message = f"no event that sets the timer has {format_path(timing.at)} in its example"
        yield entry.problem((key, "at"), message, f"give it one in the example of {silent[0]}")


def _told(timing: Timer | Threshold | Rollup) -> Path:
    """Where the events that feed *timing* have what it is about."""
    match timing:
        case Timer(at=path) | Threshold(value=path) | Rollup(item=path):
            return path


def _event(event_type: str, data: Mapping[str, Any]) -> Event:
    return Event("example", event_type, "", "example", None, DAY, Severity.INFO, data)


Wrong = tuple[str, str | None]
"""What is wrong, and what would be right."""


def _wrong_value(timing: Timer | Threshold | Rollup, value: Any, event_type: str) -> list[Wrong]:
    match timing:
        case Timer() if moment_of(value, UTC, timing.time_of_day) is None:
            what, hint = "date or time", "write it like 2026-12-31T17:00:00-07:00, or 2026-12-31"
        case Threshold() if side(value, timing) is Side.UNKNOWN:
            what, hint = "number", "give it one"
        case Rollup() if value is MISSING:
            what, hint = "value", "give it one"
        case _:
            return []
    return [(f"the example of {event_type} has no {what} at {format_path(_told(timing))}", hint)]


def _wrong_event(
    entry: Entry, feeding: Mapping[str, Any], event: Event, timing: Timer | Threshold | Rollup, validator: Validator
) -> list[Wrong]:
    """The first thing that is wrong with the event that *event* of the type *feeding* leads to."""
    made = _event(entry.name, _data(timing, event))
    if not validator.is_valid(made.data):
        why = "it does not fit the schema"
        for one in explanations(validator.errors(made.data))[:1]:
            why = f"{'.'.join(map(str, one.path))}: {one.message}" if one.path else one.message
        return [(f"the example of {event.type} makes no such event: {why}", None)]
    if not isinstance(timing, Rollup):
        ours, theirs = _subject(entry.value, made), _subject(feeding, event)
        if ours != theirs:
            message = f"{event.type} is about {_shown(theirs)}, and {entry.name} about {_shown(ours)}"
            return [(message, "give both the same subject")]
    template = MessageTemplate(**{"link": "", **entry.value["message"]})
    try:
        missing = missing_values(template, made)
        templates.render(template, made, [])
    except TemplateFailed as exc:
        return [(f"the example of {event.type} makes no message: {exc}", None)]
    return [
        (
            f"the message shows {format_path(path)!r}, which the example of {event.type} does not have",
            "give it a default, or show it only if it is there",
        )
        for path in missing[:1]
    ]


def _data(timing: Timer | Threshold | Rollup, event: Event) -> Mapping[str, Any]:
    match timing:
        case Timer():
            return timer_data(timing, event.data, (), timing.leads[0])
        case Rollup():
            return rollup_data(timing, [lookup(event, timing.item)])
    return event.data


def _subject(event_type: Mapping[str, Any], event: Event) -> str | None:
    value = lookup(event, parse_path(event_type["subject"])) if "subject" in event_type else MISSING
    return None if value is MISSING else str(value)


def _shown(subject: str | None) -> str:
    return "nothing" if subject is None else repr(subject)


def _check_rows(entry: Entry, timer: Timer, path: Path) -> Iterator[Problem]:
    """Notifications that ask for a lead that is none; when there are none of these, leads that none asks for."""
    told: set[Lead] = set()
    problems = []
    for name, notification in entry.value["notifications"].items():
        try:
            when = parse_condition(notification.get("when", {}))
        except ConditionError:  # which is said of the notification itself
            return
        asked = Condition(tuple(one for one in when.comparisons if one.path == path))
        leads = {
            lead for lead in timer.leads if holds(asked, _event(entry.name, timer_data(timer, {}, (), lead)), UTC)[0]
        }
        if not leads:
            place = ("notifications", name, "when", format_path(path))
            words = ", ".join(describe_lead(lead) for lead in timer.leads)
            problems.append(entry.problem(place, f"no event is made for this: the timer fires {words}"))
        told |= leads
    yield from problems
    for rest, text in () if problems else listed(entry.value["timer"].get("before")):
        lead = build_lead(text)
        if lead not in told:
            hint = f"add one with `when: {{{format_path(path)}: {lead.days}}}`, or remove it"
            yield entry.problem(("timer", "before", *rest), f"no notification tells of {text!r}", hint)
