"""Timers as they come out of the ledger, and what an event has to do with time as arguments of the script `accept`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from gateway.encoding import dumps
from gateway.model import Event
from gateway.store import keys
from gateway.store.accept_call import TimingArgs
from gateway.store.timing_steps import remember_args, step_args
from gateway.times import from_ms, to_ms
from gateway.timing.facts import merge
from gateway.timing.operations import Field, Occasion, ReportThreshold
from gateway.timing.reactions import Effects


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
    """What is known of the subject; of a threshold, the data of the event that crossed it."""


@dataclass(frozen=True, slots=True)
class TimerEvaluation:
    """What a look at a timer at the time *now* has led to."""

    timer: StoredTimer
    next: datetime | None
    """When the timer must be looked at again; None: it is done."""
    now: datetime
    occasion: Occasion | None = None
    """The occasion of the event that the timer makes; None: none that a source might post as well."""


def timing_args(
    event: Event,
    delivery_ids: Sequence[str],
    effects: Effects,
    already_notified: tuple[Mapping[str, Any], str] | None,
    evaluation: TimerEvaluation | None,
) -> tuple[Any, ...]:
    """What *event* has to do with time, as the script `accept` reads it: `TimingArgs`, then each step.

    *already_notified* are the answer to use when somebody has notified of its occasion before, and the explanation as
    the ledger keeps it; *evaluation* is that of the timer that makes the event.
    """
    occasion = evaluation.occasion if evaluation else effects.occasion
    kind, key = "", ""
    if occasion and occasion.is_threshold:
        kind, key = "threshold", keys.threshold(keys.family(event.source, occasion.event_type, occasion.subject))
    elif occasion:
        kind = "moment"
        key = keys.occasion(event.source, occasion.event_type, occasion.subject, occasion.marks)
    answer, explanation = (dumps(already_notified[0]), already_notified[1]) if already_notified else ("", "")
    data = dumps(event.data) if any(isinstance(step, ReportThreshold) for step in effects.steps) else ""
    remembered = [args for facts in effects.facts if (args := remember_args(facts, event))]
    steps = [*remembered, *(step_args(step, event, delivery_ids) for step in effects.steps)]
    shared = TimingArgs(kind, key, answer, explanation, to_ms(event.time), data, len(steps))
    if evaluation is not None:
        timer = evaluation.timer
        shared = shared._replace(
            timers_key=keys.timers(timer.event_type),
            timer_key=keys.timer(timer.id),
            timer_id=timer.id,
            timer_version=timer.version,
            next_look=to_ms(evaluation.next) if evaluation.next else "",
            evaluated_at=to_ms(evaluation.now),
        )
    return (*shared, *chain.from_iterable(steps))


def decode_timer(id: str, fields: Mapping[str, str]) -> StoredTimer:
    """A timer as its hash has it; the row of a due timer has the facts of its subject as well."""
    record = json.loads(fields["record"])
    facts: list[tuple[int, Field, Any]] = []
    for name, text in fields.items():
        scope, _, field = name.partition(" ")
        if scope in ("facts", "own") and field.startswith("["):  # else it is a mark of a cancellation
            time, _, value = text.partition(" ")
            facts.append((int(time), tuple(json.loads(field)), json.loads(value)))
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
        data={**merge(facts), **json.loads(fields["data"])},
    )
