"""What an event has to do with time, as the script `accept` reads it: its occasion, its timer, and its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Any

from gateway.encoding import digest, dumps
from gateway.model import Event
from gateway.store import keys
from gateway.store.accept_call import TimingArgs
from gateway.store.step_arguments import (
    AddToRollupArgs,
    CancelArgs,
    DropArgs,
    HoldArgs,
    RefreshArgs,
    RememberArgs,
    RemoveFromRollupArgs,
    ReportThresholdArgs,
    ResumeArgs,
    SetArgs,
    UpdateArgs,
)
from gateway.store.timers import TimerEvaluation
from gateway.times import to_ms
from gateway.timing.operations import (
    AddToRollup,
    CancelTimer,
    Drop,
    FactScope,
    Field,
    Hold,
    Refresh,
    Remember,
    RemoveFromRollup,
    ReportThreshold,
    ResumeTimer,
    SetTimer,
    Step,
    UpdateTimer,
)
from gateway.timing.reactions import Effects

MAX_FIELDS = 64
"""How many facts about its subject one event may give."""
MAX_FIELD_LENGTH = 16_384
"""The longest fact that is remembered, in characters of JSON."""
HELD_GRACE_S = 3_600
"""How long after its time a held delivery can still be cancelled, since it may be waiting for its lane."""


def timing_args(
    event: Event,
    delivery_ids: Sequence[str],
    effects: Effects,
    already_notified: tuple[Mapping[str, Any], str] | None,
    evaluation: TimerEvaluation | None,
) -> tuple[Any, ...]:
    """What *event* does to timers, as arguments of the script `accept`: `TimingArgs`, then each step.

    *already_notified* is the answer to use if its occasion was notified before, and the explanation as the ledger
    stores it; *evaluation* is that of the timer that makes the event.
    """
    occasion = evaluation.occasion if evaluation else effects.occasion
    kind, key = "", ""
    if occasion and occasion.is_threshold:
        kind, key = "threshold", keys.threshold(keys.family(event.source, occasion.event_type, occasion.subject))
    elif occasion:
        kind = "moment"
        key = keys.occasion(event.source, occasion.event_type, occasion.subject, occasion.marks)
    answer, explanation = (dumps(already_notified[0]), already_notified[1]) if already_notified else ("", "")
    data = dumps(event.data) if ReportThreshold in map(type, effects.steps) else ""
    # Facts come first: `set` and `cancel` compare their event with the newest fact, which may be of this event itself.
    steps = [args for facts in effects.facts if (args := remember_args(facts, event))]
    steps += [step_args(step, event, delivery_ids) for step in effects.steps]
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


def timer_id(source: str, event_type: str, subject: str, timer_keys: Sequence[str]) -> str:
    family = keys.family(source, event_type, subject)
    return digest(family, *timer_keys) if timer_keys else family


def step_args(step: Step, event: Event, delivery_ids: Sequence[str]) -> list[Any]:
    """A step as the script reads it: its function, what it is about, and its own arguments."""
    match step:
        case CancelTimer() | UpdateTimer() | ResumeTimer():
            return _timer_args(step, event)
        case SetTimer():
            return _set_args(step, event)
        case Hold():
            held = keys.held(event.source, step.notification, step.subject)
            seconds = int(step.wait.total_seconds()) + HELD_GRACE_S
            return ["hold", step.notification, *HoldArgs(held, delivery_ids[step.delivery], seconds)]
        case Drop():
            held = keys.held(event.source, step.notification, step.subject)
            return ["drop", step.notification, *DropArgs(held, event.id)]
        case Refresh():
            held = keys.held(event.source, step.notification, step.subject)
            return ["refresh", step.notification, *RefreshArgs(held, dumps(_encode_fields(step.fields)))]
        case ReportThreshold():
            family = keys.family(event.source, step.event_type, step.subject)
            id = digest(family, event.id)
            args = ReportThresholdArgs(
                threshold_key=keys.threshold(family),
                side=step.side.value,
                timers_key=keys.timers(step.event_type),
                timer_key=keys.timer(id),
                id=id,
                type=step.event_type,
                source=event.source,
                record=_record(step.subject, (), event.id),
            )
            return ["report_threshold", step.event_type, *args]
        case AddToRollup() | RemoveFromRollup():
            return _rollup_args(step, event)


def _set_args(step: SetTimer, event: Event) -> list[Any]:
    id = timer_id(event.source, step.event_type, step.subject, step.keys)
    # A timer with keys is one of several of its subject, and its own facts tell them apart.
    own_scope = FactScope(step.event_type, step.subject, step.keys) if step.keys else step.scope
    # A cancellation may name some of the keys only, so its mark may be at any choice of them. None at all is `facts`.
    choices = product(*((key, "") if key else ("",) for key in step.keys))
    marked = (FactScope(step.event_type, step.subject, keys) for keys in choices if any(keys))
    args = SetArgs(
        timers_key=keys.timers(step.event_type),
        timer_key=keys.timer(id),
        id=id,
        family_key=keys.timers_of(keys.family(event.source, step.event_type, step.subject)) if step.keys else "",
        type=step.event_type,
        source=event.source,
        at=to_ms(step.at),
        first_look=to_ms(step.first_look),
        record=_record(step.subject, step.keys, event.id),
        facts=_scope_id(step.scope, event.source),
        own_facts=_scope_id(own_scope, event.source),
        marked=" ".join(_scope_id(scope, event.source) for scope in marked),
        at_field=_field_name(step.at_field),
    )
    return ["set", step.event_type, *args]


def _timer_args(step: CancelTimer | ResumeTimer | UpdateTimer, event: Event) -> list[Any]:
    family = keys.family(event.source, step.event_type, step.subject)
    timers_key, family_key = keys.timers(step.event_type), keys.timers_of(family)
    args: tuple[Any, ...]
    match step:
        case UpdateTimer():
            return ["update", step.event_type, *UpdateArgs(family, family_key)]
        case CancelTimer():
            # Without keys, or with one that stands for any, the script goes through all timers of the subject.
            is_of_family = step.keys is None or not all(step.keys)
            args = CancelArgs(
                type=step.event_type,
                timers_key=timers_key,
                id=family if is_of_family else timer_id(event.source, step.event_type, step.subject, step.keys or ()),
                family_key=family_key if is_of_family else "",
                wanted_keys=dumps(step.keys) if step.keys and is_of_family else "",
                facts_key=keys.facts(_scope_id(step.scope, event.source)),
                cleared_field=_field_name(step.cleared_field) if step.cleared_field else "",
                suspends="1" if step.suspends else "",
                is_dated="1" if step.is_dated else "",
            )
            return ["cancel", step.event_type, *args]
        case ResumeTimer():
            args = ResumeArgs(
                type=step.event_type,
                timers_key=timers_key,
                id=family,
                family_key=family_key,
                facts_key=keys.facts(_scope_id(step.scope, event.source)),
                is_dated="1" if step.is_dated else "",
            )
            return ["resume", step.event_type, *args]


def _rollup_args(step: AddToRollup | RemoveFromRollup, event: Event) -> list[Any]:
    """All subjects of a source go into one list, whose timer has the list's id."""
    id = keys.family(event.source, step.event_type, "")
    open_key, items_key, member = keys.open_items(id), keys.items(id), digest(step.subject)
    if isinstance(step, RemoveFromRollup):
        return ["remove_from_rollup", step.event_type, *RemoveFromRollupArgs(open_key, items_key, member)]
    args = AddToRollupArgs(
        open_key=open_key,
        items_key=items_key,
        member=member,
        since=to_ms(step.since),
        item=dumps(step.item),
        timers_key=keys.timers(step.event_type),
        timer_key=keys.timer(id),
        id=id,
        type=step.event_type,
        source=event.source,
        next_look=to_ms(step.next_look),
        record=_record("", (), event.id),
    )
    return ["add_to_rollup", step.event_type, *args]


@lru_cache(maxsize=16)  # the steps of one event mostly have the same scope
def _scope_id(scope: FactScope, source: str) -> str:
    return digest(source, scope.name, scope.subject, *scope.keys)


def _field_name(field: Field) -> str:
    return dumps(list(field))


def remember_args(facts: Remember, event: Event) -> list[Any]:
    """The step that stores *facts*."""
    fields = _encode_fields(facts.fields)
    args = RememberArgs(keys.facts(_scope_id(facts.scope, event.source)), dumps(fields))
    return ["remember", event.type, *args] if fields else []


def _encode_fields(fields: Mapping[Field, Any]) -> list[str]:
    """Name and value of each field as JSON; fields that are too large are left out."""
    encoded: list[str] = []
    for field, value in list(fields.items())[:MAX_FIELDS]:
        text = dumps(value)
        if len(text) <= MAX_FIELD_LENGTH:
            encoded += [_field_name(field), text]
    return encoded


def _record(subject: str, timer_keys: Sequence[str], set_by: str) -> str:
    return dumps({"subject": subject, "keys": list(timer_keys), "set_by": set_by})
