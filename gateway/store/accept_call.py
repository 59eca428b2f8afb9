"""The call of the script `accept`: its keys and arguments (see `script_arguments`), and its answer."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from gateway.encoding import dumps
from gateway.model import Event
from gateway.paths import MISSING, lookup
from gateway.store import keys
from gateway.store.client import Script
from gateway.store.counters import CountArgs
from gateway.store.records import CommitResult, Drain, PreparedEvent, encode_event, encode_reasons

CUSTOMER_ID = ("event", "customer", "id")
ACCEPT = Script("accept", "indexes", "counters", "timing")
MAX_IN_CALL = 100
"""How many events one call of the script accepts. It takes 3 to 4 ms, during which the server does nothing else."""


class IndexArgs(NamedTuple):
    """indexes.lua"""

    lives_s: int
    index_prefix: str = keys.INDEX_PREFIX
    contacts_prefix: str = keys.CONTACTS_PREFIX


class AcceptKeys(NamedTuple):
    """accept.lua"""

    lanes: str = keys.LANES
    sources: str = keys.SOURCES


class AcceptArgs(NamedTuple):
    """accept.lua"""

    idempotency_s: int
    slot_prefix: str
    explanations: int
    events: int
    slot_ms: int
    lane_prefix: str = keys.LANE_PREFIX
    strangers_prefix: str = keys.STRANGERS_PREFIX
    stranger_counts_prefix: str = keys.STRANGER_COUNTS_PREFIX


class EventKeys(NamedTuple):
    """accept.lua"""

    event_key: str
    events_key: str
    deliveries_key: str


class EventArgs(NamedTuple):
    """accept.lua"""

    digest: str
    id: str
    type: str
    source: str
    fingerprint: str
    document: str
    answer: str
    explanation: str
    config: str
    indexes: str
    category: str
    status: str
    idempotency_keys: int
    keys_live_s: int | str
    deliveries: int
    has_timing: str
    strangers: str


class DeliveryKeys(NamedTuple):
    """accept.lua"""

    delivery_key: str
    due_key: str
    drains_key: str
    wake_key: str


class DeliveryArgs(NamedTuple):
    """accept.lua"""

    id: str
    target: str
    lane: str
    reasons: str
    delay_ms: int


class TimingArgs(NamedTuple):
    """accept.lua"""

    occasion: str
    occasion_key: str
    notified_answer: str
    notified_explanation: str
    time: int
    data: str
    steps: int
    timers_key: str = ""
    timer_key: str = ""
    timer_id: str = ""
    timer_version: str = ""
    next_look: int | str = ""
    evaluated_at: int | str = ""
    tokens_key: str = keys.TOKENS


class StepArgs(NamedTuple):
    """accept.lua"""

    name: str
    about: str


ACCEPT_KEYS, COUNT_ARGS = AcceptKeys(), CountArgs()


def accept_call(
    items: Sequence[PreparedEvent], index_args: IndexArgs, idempotency_s: int, slot_ms: int
) -> tuple[list[str], list[Any]]:
    """Keys and arguments of one call that commits *items*. An explanation shared by several of them
    is included once."""
    shared = {keys.explanation(item.explanation_id): item.explanation for item in items if item.explanation_id}
    names: list[str] = [*ACCEPT_KEYS, *shared]
    args: list[Any] = [
        *index_args,
        *COUNT_ARGS,
        *AcceptArgs(
            idempotency_s=idempotency_s,
            slot_prefix=new_slot_prefix(),
            explanations=len(shared),
            events=len(items),
            slot_ms=slot_ms,
        ),
        *shared.values(),
    ]
    for item in items:
        _add_event(item, names, args)
    return names, args


def event_indexes(event: Event) -> list[str]:
    """The names of the indexes that contain *event*, besides that of its source."""
    names = [keys.type_index(event.type)]
    if event.subject:
        names.append(keys.subject_index(event.subject))
    if event.customer and (customer := lookup(event, CUSTOMER_ID)) is not MISSING:
        names.append(keys.customer_index(str(customer)))
    return names


def _add_event(item: PreparedEvent, names: list[str], args: list[Any]) -> None:
    # The order must be that in which `read_event` of accept.lua reads: only the counts in EventArgs say what follows.
    event, source = item.event, item.event.source
    digest = keys.event_key(source, event.id)
    names += EventKeys(keys.event(digest), keys.events_of(source), keys.deliveries_of(source))
    names += (keys.idempotency(source, key) for key in item.keys)
    args += EventArgs(
        digest=digest,
        id=event.id,
        type=event.type,
        source=source,
        fingerprint=item.fingerprint,
        document=encode_event(event),
        answer=dumps(item.answer),
        explanation=keys.explanation(item.explanation_id) if item.explanation_id else item.explanation,
        config=item.config,
        indexes=" ".join(event_indexes(event)),
        category=event.category,
        status=item.answer["status"],
        idempotency_keys=len(item.keys),
        keys_live_s="" if item.keys_live_s is None else item.keys_live_s,
        deliveries=len(item.ids),
        has_timing="1" if item.timing_args else "",
        strangers=item.strangers,
    )
    for id, planned in zip(item.ids, item.plan.deliveries, strict=True):
        lane = planned.lane
        names += DeliveryKeys(keys.delivery(id), keys.due(lane), keys.drains(lane), keys.wake(lane))
        delay_ms = int(planned.delay.total_seconds() * 1000)
        args += DeliveryArgs(id, planned.target, lane, encode_reasons(planned.reasons), delay_ms)
    args += item.timing_args


def commit_result(item: PreparedEvent, answer: Sequence[Any]) -> tuple[CommitResult, list[Drain]]:
    """The result for *item*, and the drains that must be enqueued, from the script's answer."""
    status, *rest = answer
    if status == "replayed":
        return CommitResult(status, json.loads(rest[0])), []
    answers = {"accepted": item.answer, "repeated": item.already_notified}
    return CommitResult(status, answers.get(status)), decode_drains(rest)


def new_slot_prefix() -> str:
    """The prefix for the names of the drain slots that one call of a script opens."""
    return os.urandom(6).hex() + "."


def decode_drains(flat: Sequence[str]) -> list[Drain]:
    """The drains in a flat list `slot, lane, slot, lane, ...`."""
    return [Drain(lane=lane, slot=slot) for slot, lane in zip(flat[::2], flat[1::2], strict=True)]
