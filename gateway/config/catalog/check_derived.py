"""Checks that derived events fit their event type, by deriving them from the examples of other event types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.conditions.evaluate import holds
from gateway.conditions.parse import ConditionError, parse_condition
from gateway.config.catalog.build import build_paths
from gateway.config.catalog.build_timing import build_lead, build_timing, trigger_name, trigger_type
from gateway.config.catalog.check_timing import TIMINGS, terms_of
from gateway.config.catalog.message import build_message
from gateway.config.sections import Entry, listed
from gateway.errors import TemplateFailed
from gateway.messages import templates
from gateway.messages.template_paths import missing_values
from gateway.model import (
    Condition,
    Event,
    Lead,
    Level,
    Path,
    Problem,
    Rollup,
    Severity,
    Threshold,
    Timer,
)
from gateway.paths import MISSING, format_path, lookup, parse_path
from gateway.quoting import quote
from gateway.times import moment_of
from gateway.timing.derived import rollup_data, timer_data
from gateway.timing.moments import describe_lead
from gateway.timing.thresholds import Side, side
from gateway.validation.explain import explanations
from gateway.validation.validator import InvalidSchema, Schemas, Validator

DAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""The day on which the example events happen."""


def check_derived(
    entry: Entry, events: Mapping[str, Any], schemas: Schemas, unsound: Collection[str]
) -> Iterator[Problem]:
    """Problems of the events that the timing of the event type *entry* derives. All names in the timing must exist.

    *events* are all event types; those in *unsound* already have problems.
    """
    key = next((key for key in TIMINGS if key in entry.value), "")
    timing = build_timing(entry.value, events, terms_of(entry)) if entry.name not in unsound else None
    if timing is None:
        return
    try:
        validator = schemas.validator(entry.value["data"], f"data-of-{entry.name}.json")
    except InvalidSchema:  # already reported with the schema
        return
    if isinstance(timing, Timer) and timing.lead_into:
        yield from _check_leads(entry, timing, timing.lead_into)
    without_moment = []
    for subpath, trigger in listed(entry.value[key]["from"]):
        event_type = trigger_type(trigger_name(trigger), events) or ""
        if event_type in unsound:
            continue
        event = _event(event_type, events[event_type]["example"])
        value = lookup(event, _observed(timing))
        if value is MISSING and isinstance(timing, Timer):
            without_moment.append(event_type)  # one such example is fine, since an event without a date sets no timer
            continue
        fault = _fault_of_value(timing, value, event_type)
        fault = fault or _fault_of_derived(entry, events[event_type], event, timing, validator)
        if fault:
            yield entry.problem((key, "from", *subpath), *fault)
    if isinstance(timing, Timer) and len(without_moment) == len(timing.set_by):
        message = f"no event that sets the timer has {format_path(timing.at)} in its example"
        yield entry.problem((key, "at"), message, f"add it to the example of {without_moment[0]}")


def _observed(timing: Timer | Threshold | Rollup) -> Path:
    """The path, in the events that feed *timing*, of the value that it depends on."""
    match timing:
        case Timer(at=path) | Threshold(value=path) | Rollup(item=path):
            return path


def _event(event_type: str, data: Mapping[str, Any], customer: tuple[Path, ...] = ()) -> Event:
    return Event("example", event_type, "", "example", None, DAY, Severity.INFO, data, customer=customer)


Fault = tuple[str, str | None]
"""(message, hint)."""


def _fault_of_value(timing: Timer | Threshold | Rollup, value: Any, event_type: str) -> Fault | None:
    match timing:
        case Timer() if moment_of(value, UTC, timing.time_of_day) is None:
            what, hint = "date or time", "write it like 2026-12-31T17:00:00-07:00, or 2026-12-31"
        case Threshold() if side(value, timing) is Side.UNKNOWN:
            what, hint = "number", "add a number"
        case Rollup() if value is MISSING:
            what, hint = "value", "add a value"
        case _:
            return None
    place = format_path(_observed(timing))
    return f"the example of {event_type} has no {what} at {place}", hint


def _fault_of_derived(
    entry: Entry, feeding: Mapping[str, Any], event: Event, timing: Timer | Threshold | Rollup, validator: Validator
) -> Fault | None:
    """The first problem of the event that is derived from *event*, which has the type *feeding*."""
    data = event.data
    if isinstance(timing, Timer):
        data = timer_data(timing, event.data, timing.leads[0])
    elif isinstance(timing, Rollup):
        data = rollup_data(timing, [lookup(event, timing.item)])
    derived = _event(entry.name, data, build_paths(entry.value.get("customer", [])))
    if not validator.is_valid(derived.data):
        why = "it does not fit the schema"
        for slip in explanations(validator.errors(derived.data))[:1]:
            place = ".".join(map(str, slip.path))
            why = f"{place}: {slip.message}" if place and not slip.message.endswith(f" {place!r}") else slip.message
        return f"the event derived from the example of {event.type} is not valid: {why}", None
    if not isinstance(timing, Rollup):
        ours, theirs = _subject(entry.value, derived), _subject(feeding, event)
        if ours != theirs:
            message = f"the subject of {event.type} is {_shown(theirs)}, and that of {entry.name} is {_shown(ours)}"
            return message, "give both the same subject"
    template = build_message(entry.value["message"])
    try:
        missing = missing_values(template, derived)
        templates.render(template, derived, [])
    except TemplateFailed as exc:
        return f"the event derived from the example of {event.type} gives no message: {exc}", None
    for path in missing:
        message = f"the message shows {format_path(path)!r}, which the example of {event.type} does not have"
        return message, "give it a default, or show it only if it exists"
    return None


def _subject(event_type: Mapping[str, Any], event: Event) -> str | None:
    value = lookup(event, parse_path(event_type["subject"])) if "subject" in event_type else MISSING
    return None if value is MISSING else str(value)


def _shown(subject: str | None) -> str:
    return "missing" if subject is None else quote(subject)


def _check_leads(entry: Entry, timer: Timer, path: Path) -> Iterator[Problem]:
    """Notifications whose `when` asks for a lead time that the timer does not have; if there are none, lead times for
    which there is no notification."""
    notified: set[Lead] = set()
    problems = []
    for name, notification in entry.value["notifications"].items():
        try:
            when = parse_condition(notification.get("when", {}), terms_of(entry))
        except ConditionError:  # already reported with the notification
            return
        on_lead = Condition(tuple(comparison for comparison in when.comparisons if comparison.path == path))
        leads = {
            lead for lead in timer.leads if holds(on_lead, _event(entry.name, timer_data(timer, {}, lead)), UTC)[0]
        }
        if not leads:
            place = ("notifications", name, "when", format_path(path))
            fires = ", ".join(describe_lead(lead) for lead in timer.leads)
            problems.append(entry.problem(place, f"no event meets this condition: the timer fires {fires}"))
        notified |= leads
    yield from problems
    for subpath, text in () if problems else listed(entry.value["timer"].get("before")):
        lead = build_lead(text)
        if lead not in notified:
            hint = f"add one with `when: {{{format_path(path)}: {lead.days}}}`, or remove it"
            message = f"no notification is sent for {text!r}"
            yield entry.problem(("timer", "before", *subpath), message, hint, level=Level.WARNING)
