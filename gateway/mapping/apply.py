"""A payload becomes events, by the first rule that matches it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gateway.conditions.evaluate import is_met
from gateway.conditions.index import candidates
from gateway.mapping.conversions import CannotConvert
from gateway.mapping.focus import Focus, passes
from gateway.mapping.values import Moment, evaluate
from gateway.model import (
    EventPattern,
    MappedEvent,
    MappingFault,
    MappingRule,
    Outcome,
    Path,
    Payload,
    Place,
    RuleVerdict,
    SourceMapping,
)
from gateway.paths import MISSING, as_text
from gateway.schedules.windows import describe, is_inside, is_inside_any

MAX_ID = 255
"""Characters of the id of an event, and of its subject."""
IDENTIFIERS = ("id", "subject")


def apply(mapping: SourceMapping, payload: Payload, now: datetime) -> tuple[Outcome, ...]:
    """What *payload*, which came at *now*, means: an outcome for the body, or for each element of the list that the
    mapping looks at."""
    return tuple(_outcome(mapping, focus, now) for focus in passes(mapping, payload))


def _outcome(mapping: SourceMapping, focus: Focus, now: datetime) -> Outcome:
    for number in candidates(mapping.index, focus.read):
        rule = mapping.rules[number]
        if _matches(rule, focus, mapping, now)[0]:
            break
    else:
        return Outcome(None, element=focus.element)
    moment = Moment(now, mapping.zone)
    events: list[MappedEvent] = []
    faults: list[MappingFault] = []
    for place, pattern in enumerate(rule.emit):
        document, wrong = _document(pattern, focus, moment)
        faults += wrong
        if not wrong:
            key = "" if "id" in document else _dedupe_key(mapping, focus, rule, place)
            events.append(MappedEvent(document, rule, pattern, key))
    return Outcome(rule, tuple(events), tuple(faults), focus.element)


def _matches(rule: MappingRule, focus: Focus, mapping: SourceMapping, now: datetime) -> tuple[bool, str]:
    """Whether *rule* takes what is in *focus*, and why (not)."""
    if rule.during and not is_inside_any(rule.during, now):
        return False, " and ".join(describe(schedule, now) for schedule in rule.during)
    barring = next((schedule for schedule in rule.not_during if is_inside(schedule, now)), None)
    if barring:
        return False, f"{describe(barring, now)}, during which it does not apply"
    return is_met(rule.when, focus.read, mapping.zone)


def verdicts(mapping: SourceMapping, focus: Focus, now: datetime) -> Iterator[RuleVerdict]:
    """Of each rule up to the one that matches: whether it takes what is in *focus*, and why (not)."""
    for rule in mapping.rules:
        matches, why = _matches(rule, focus, mapping, now)
        yield RuleVerdict(rule, matches, why)
        if matches:
            return


def _document(pattern: EventPattern, focus: Focus, moment: Moment) -> tuple[dict[str, Any], list[MappingFault]]:
    """The event that *pattern* describes, and the values in it that could not be made."""
    document: dict[str, Any] = {"type": pattern.type, "data": {}}
    faults = []
    for field in pattern.fields:
        try:
            value = evaluate(field.value, focus, moment)
        except CannotConvert as exc:
            faults.append(MappingFault(field.place, json_pointer(field.path), str(exc)))
            continue
        if value is MISSING:
            continue
        if field.path[0] in IDENTIFIERS:
            value = _identifier(value)
        _put(document, field.path, value)
    return document, faults


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value


def _identifier(value: Any) -> Any:
    """*value* as an id: a number as text, and a digest in place of a text that is too long or not printable."""
    text = as_text(value)
    if text is None or (len(text) <= MAX_ID and text.isprintable()):
        return value if text is None else text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _dedupe_key(mapping: SourceMapping, focus: Focus, rule: MappingRule, pattern: int) -> str:
    """Digest of what makes two payloads the same; the events of one payload differ by their patterns."""
    by: Any = [focus.read(path) or None for path in mapping.dedupe.by] if mapping.dedupe.by else focus.data
    text = json.dumps([rule.name, pattern, by], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def json_pointer(path: Path) -> str:
    """RFC 6901: `("data", "a/b")` -> `/data/a~1b`."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def place_of(pattern: EventPattern, pointer: str) -> Place:
    """The place of the line that made what *pointer* leads to in the event's document, or of the `emit` itself."""
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    made = [field for field in pattern.fields if steps[: len(field.path)] == field.path]
    return max(made, key=lambda field: len(field.path)).place if made else pattern.place
