"""Steps in time as arguments of the script `accept`, and timers as they come out of the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.encoding import digest, dumps
from gateway.model import Event
from gateway.store import keys
from gateway.times import from_ms, to_ms
from gateway.timing.operations import (
    AddToRollup,
    CancelTimer,
    Drop,
    Hold,
    Occasion,
    RemoveFromRollup,
    ReportThreshold,
    SetTimer,
    Step,
    UpdateTimer,
)
from gateway.timing.reactions import Effects

HELD_GRACE_S = 3_600
"""How long a held delivery can still be dropped after its time: it may wait for its lane."""


@dataclass(frozen=True, slots=True)
class StoredTimer:
    """A timer that must be looked at."""

    id: str
    event_type: str
    source: str
    subject: str
    keys: tuple[str, ...]
    at: datetime
    looked_at: datetime | None
    """When it was last decided; None: never."""
    version: str
    """It changes whenever the timer is set anew: only who knows it may fire the timer."""
    set_by: str
    """Id of the event that set it."""
    data: Mapping[str, Any]
    updates: tuple[Mapping[str, Any], ...]
    """Data of later events about the subject, oldest first."""


@dataclass(frozen=True, slots=True)
class TimerEvaluation:
    """A look at a timer, and when the next one is; None: the timer is done."""

    timer: StoredTimer
    next: datetime | None
    now: datetime
    occasion: Occasion | None = None
    """What the event tells of that it makes; None: nothing that a source might tell as well."""


def timer_id(source: str, event_type: str, subject: str, timer_keys: Sequence[str]) -> str:
    family = keys.family(source, event_type, subject)
    return digest(family, *timer_keys) if timer_keys else family


def _step_arguments(step: Step, event: Event, delivery_ids: Sequence[str]) -> list[Any]:
    """A step as the script takes it: its function, what it is about, the number of arguments, they themselves."""
    name, arguments = _step(step, event, delivery_ids)
    about = step.notification if isinstance(step, Hold | Drop) else step.event_type
    return [name, about, len(arguments), *arguments]


def _step(step: Step, event: Event, delivery_ids: Sequence[str]) -> tuple[str, list[Any]]:
    source = event.source
    match step:
        case Hold():
            seconds = int(step.wait.total_seconds()) + HELD_GRACE_S
            held = keys.held(source, step.notification, step.subject)
            return "hold", [held, delivery_ids[step.delivery], seconds]
        case Drop():
            held = keys.held(source, step.notification, step.subject)
            return "drop", [held, keys.DELIVERY_PREFIX, keys.DUE_PREFIX, event.id]
        case _:
            return _timed_step(step, event, keys.family(source, step.event_type, step.subject))


def _timed_step(
    step: SetTimer | CancelTimer | UpdateTimer | ReportThreshold | AddToRollup | RemoveFromRollup,
    event: Event,
    family: str,
) -> tuple[str, list[Any]]:
    timers, of = keys.timers(step.event_type), keys.timers_of(family)
    type_and_source = [step.event_type, event.source]
    match step:
        case SetTimer():
            id = timer_id(event.source, step.event_type, step.subject, step.keys)
            times = [to_ms(step.at), to_ms(step.first_look)]
            record = _record(step.subject, step.keys, event.id)
            return "set", [timers, keys.timer(id), id, of if step.keys else "", *type_and_source, *times, record]
        case UpdateTimer():
            return "update", [keys.TIMER_PREFIX, family, of, step.by]
        case CancelTimer(keys=None):
            return "cancel", [timers, keys.TIMER_PREFIX, family, of]
        case CancelTimer():
            id = timer_id(event.source, step.event_type, step.subject, step.keys or ())
            return "cancel", [timers, keys.TIMER_PREFIX, id, ""]
        case ReportThreshold():
            id = digest(family, event.id)
            record = _record(step.subject, (), event.id)
            timer = [timers, keys.timer(id), id, *type_and_source, record]
            return "cross", [keys.threshold(family), step.side.value, *timer]
        case AddToRollup():
            return "open", _open(step, event, type_and_source)
        case RemoveFromRollup():
            gathered = keys.family(event.source, step.event_type, "")
            return "close", [keys.open_items(gathered), keys.items(gathered), digest(step.subject)]


def _open(step: AddToRollup, event: Event, type_and_source: list[str]) -> list[Any]:
    """All subjects of a source go into one list, whose timer has the list's id."""
    id = keys.family(event.source, step.event_type, "")
    item = [digest(step.subject), to_ms(step.since), dumps(step.item)]
    timer = [keys.timers(step.event_type), keys.timer(id), id, *type_and_source]
    return [keys.open_items(id), keys.items(id), *item, *timer, to_ms(step.next_look), _record("", (), event.id)]


KEEPS_DATA = (SetTimer, UpdateTimer, ReportThreshold)
"""Steps that store the data of their event."""


def timing_args(
    event: Event,
    delivery_ids: Sequence[str],
    effects: Effects,
    told: tuple[Mapping[str, Any], Mapping[str, Any]] | None,
    look: TimerEvaluation | None,
) -> tuple[Any, ...]:
    """What *event* has to do with time, as the script `accept` takes it.

    *told* are answer and explanation when its occasion has been told of; *look* is at the timer that makes it.
    """
    occasion = look.occasion if look else effects.occasion
    kind, key = _occasion_key(occasion, event.source) if occasion else ("", "")
    texts = [dumps(one) for one in told] if told else ["", ""]
    data = dumps(event.data) if any(isinstance(one, KEEPS_DATA) for one in effects.steps) else ""
    arguments = [kind, key, *texts, *_look_arguments(look), keys.TOKENS, data]
    for step in effects.steps:
        arguments += _step_arguments(step, event, delivery_ids)
    return tuple(arguments)


def _occasion_key(occasion: Occasion, source: str) -> tuple[str, str]:
    """(kind, key) as the script takes them."""
    if occasion.is_threshold:
        return "threshold", keys.threshold(keys.family(source, occasion.event_type, occasion.subject))
    return "moment", keys.occasion(source, occasion.event_type, occasion.subject, occasion.marks)


def _look_arguments(look: TimerEvaluation | None) -> list[Any]:
    """timers:<type> or '', timer:<id>, id, version, next look, time of this look."""
    if look is None:
        return [""] * 6
    timer = look.timer
    next_look = to_ms(look.next) if look.next else ""
    key = keys.timers(timer.event_type)
    return [key, keys.timer(timer.id), timer.id, timer.version, next_look, to_ms(look.now)]


def _record(subject: str, timer_keys: Sequence[str], set_by: str) -> str:
    return dumps({"subject": subject, "keys": list(timer_keys), "set_by": set_by})


def decode_timer(id: str, fields: Mapping[str, str]) -> StoredTimer:
    """A timer as its hash has it."""
    record = json.loads(fields["record"])
    updates = sorted(value.split(" ", 1) for name, value in fields.items() if name.startswith("u:"))
    return StoredTimer(
        id=id,
        event_type=fields["type"],
        source=fields["source"],
        subject=record["subject"],
        keys=tuple(record["keys"]),
        at=from_ms(fields["at"]),
        looked_at=from_ms(fields["looked"]) if fields.get("looked") else None,
        version=fields["version"],
        set_by=record["set_by"],
        data=json.loads(fields["data"]),
        updates=tuple(json.loads(text) for _, text in updates),
    )
