"""Turns a payload into events, by the first rule that matches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gateway.conditions.evaluate import is_met
from gateway.conditions.index import candidates
from gateway.mapping.conversions import CannotConvert
from gateway.mapping.focus import Focus, parts_to_map
from gateway.mapping.values import Moment, evaluate
from gateway.model import (
    IDENTIFIERS,
    MAX_ID,
    EventPattern,
    MappedEvent,
    MappingFault,
    MappingRule,
    Outcome,
    Payload,
    Place,
    RuleVerdict,
    SourceMapping,
)
from gateway.paths import MISSING, as_text, json_pointer, parse_json_pointer
from gateway.schedules.windows import why_barred


def apply(mapping: SourceMapping, payload: Payload, now: datetime) -> tuple[Outcome, ...]:
    """The meaning of *payload*, received at *now*: an outcome for the body, or for each element of the list that the
    mapping maps."""
    moment = Moment(now, mapping.zone)
    outcomes = []
    for focus in parts_to_map(mapping, payload):
        rules = (mapping.rules[number] for number in candidates(mapping.index, focus.read))
        rule = next((rule for rule in rules if _matches(rule, focus, mapping, now)[0]), None)
        events: list[MappedEvent] = []
        faults: list[MappingFault] = []
        for number, pattern in enumerate(rule.emit if rule else ()):
            document, faults_of_values = _document(pattern, focus, moment)
            faults += faults_of_values
            if rule and not faults_of_values:
                key = ""
                if "id" not in document:
                    # A payload that is posted again has the same values in `dedupe.by`, or the same content. The number
                    # of the pattern tells apart the events that one payload becomes.
                    by: Any = [focus.read(path) or None for path in mapping.dedupe.by] or focus.data
                    key = _digest(json.dumps([rule.name, number, by], sort_keys=True, default=str))
                events.append(MappedEvent(document, rule, pattern, key))
        outcomes.append(Outcome(rule, tuple(events), tuple(faults), focus.element))
    return tuple(outcomes)


def _matches(rule: MappingRule, focus: Focus, mapping: SourceMapping, now: datetime) -> tuple[bool, str]:
    """Whether *rule* matches the payload in *focus*, and the reason."""
    if barred := why_barred(rule.during, rule.not_during, now, "apply"):
        return False, barred
    return is_met(rule.when, focus.read, mapping.zone)


def verdicts(mapping: SourceMapping, focus: Focus, now: datetime) -> Iterator[RuleVerdict]:
    """For each rule up to the one that matches, whether it matches the payload in *focus*, and the reason."""
    for rule in mapping.rules:
        matches, why = _matches(rule, focus, mapping, now)
        yield RuleVerdict(rule, matches, why)
        if matches:
            return


def _document(pattern: EventPattern, focus: Focus, moment: Moment) -> tuple[dict[str, Any], list[MappingFault]]:
    """The event that *pattern* describes, and the values in it that could not be computed."""
    document: dict[str, Any] = {"type": pattern.type, "data": {}}
    faults = []
    for field in pattern.fields:
        try:
            value = evaluate(field.value, focus, moment)
        except CannotConvert as exc:
            faults.append(MappingFault(field.place, json_pointer(field.path), str(exc)))
            continue
        if value is MISSING or (value == "" and field.path[0] in IDENTIFIERS):  # an empty id identifies nothing
            continue
        if field.path[0] in IDENTIFIERS and (text := as_text(value)) is not None:
            # A sender's key may be longer than an id may be, or unprintable; then its digest becomes the id.
            value = text if len(text) <= MAX_ID and text.isprintable() else _digest(text)
        parent = document
        for step in field.path[:-1]:
            parent = parent.setdefault(step, {})
        parent[field.path[-1]] = value
    return document, faults


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def place_of(pattern: EventPattern, pointer: str) -> Place:
    """The line of the YAML that sets the value at *pointer* in the event's document, or the line of `emit`."""
    steps = parse_json_pointer(pointer)
    fields = [field for field in pattern.fields if steps[: len(field.path)] == field.path]
    return max(fields, key=lambda field: len(field.path)).place if fields else pattern.place
