"""Accepting events: parse, plan, and commit all events of a request in one round trip."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from gateway.encoding import canonical
from gateway.errors import ApiError, StoreUnavailable
from gateway.intake.parse import parse
from gateway.intake.planning import circumstances_of, plans
from gateway.intake.unknown_fields import unknown_fields
from gateway.model import Circumstances, Config, Event, Finding, Plan, Source
from gateway.runtime import Runtime
from gateway.store.explanations import encode_explanation
from gateway.store.records import CommitResult, Drain, PreparedEvent, delivery_ids
from gateway.store.server_failures import log_outage
from gateway.store.timers import TimerEvaluation
from gateway.store.timing_steps import timing_args
from gateway.timing.reactions import NO_EFFECTS, react

log = logging.getLogger(__name__)

MAX_EVENTS = 1_000
"""The largest number of events in one request."""
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
ACCEPTED, UNROUTED = "accepted", "unrouted"
"""The status of an event in its answer."""


class Accepted(NamedTuple):
    """An event that has been stored."""

    answer: Mapping[str, Any]
    """`{id, status, deliveries, config, warnings?}`, the same whenever the event is posted."""
    is_replayed: bool
    """Whether an earlier post of the same event stored it."""


Outcome = Accepted | ApiError
"""The result for one event of a request."""


def accept(
    runtime: Runtime,
    source: Source,
    documents: Sequence[Any],
    idempotency_key: str | None,
    now: datetime,
    *,
    is_array: bool = False,
) -> list[Outcome]:
    """A result for each of *documents*, in order; an event is stored when this returns Accepted for it.

    *idempotency_key* belongs to the one document, or with *is_array* to all of them: each then has the key combined
    with its place in the array.

    Raises: ApiError if the key is invalid, StoreUnavailable.
    """
    config = runtime.config.current()
    circumstances = circumstances_of(runtime, config, types_of(documents), now)
    prepared = prepare_events(runtime, config, source, documents, idempotency_key, circumstances, is_array=is_array)
    return outcomes(prepared, commit(runtime, committable(prepared)))


def prepare_events(
    runtime: Runtime,
    config: Config,
    source: Source,
    documents: Sequence[Any],
    idempotency_key: str | None,
    circumstances: Circumstances,
    *,
    is_array: bool = False,
) -> list[PreparedEvent | ApiError]:
    """For each of *documents*, in order: an event that is ready to be committed, or why it is refused.

    This never waits, and takes some hundred microseconds for each document.

    Raises: ApiError if the key is invalid.
    """
    if idempotency_key is not None and not IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise ApiError("bad-idempotency-key", "expected 1 to 255 visible ASCII characters")
    max_bytes = runtime.settings.max_event_bytes
    prepared: list[PreparedEvent | ApiError] = []
    for number, document in enumerate(documents):
        key = idempotency_key
        if key is not None and is_array:
            key = f"{key} {number}"  # has a space, so that it cannot be mistaken for the key of a single event
        try:
            content = canonical(document)
            if len(content) > max_bytes:
                raise ApiError("too-large", f"the event is larger than {max_bytes:,} bytes")  # noqa: TRY301 - as parse
            event = parse(document, source, config, circumstances.now, key)
            fingerprint = hashlib.sha256(content).hexdigest()
            keys, warnings = () if key is None else (key,), unknown_fields(event, config)
            prepared.append(prepare(event, config, circumstances, fingerprint, keys, warnings=warnings))
        except ApiError as exc:
            # With its traceback it would hold this frame, which holds it: such a cycle keeps large events in memory.
            prepared.append(exc.with_traceback(None))
    return prepared


def committable(prepared: Sequence[PreparedEvent | ApiError]) -> list[PreparedEvent]:
    return [item for item in prepared if isinstance(item, PreparedEvent)]


def outcomes(prepared: Sequence[PreparedEvent | ApiError], results: Sequence[CommitResult]) -> list[Outcome]:
    """The result for each item of *prepared*; *results* are those of the committable ones, in order."""
    remaining = iter(results)
    outcome: list[Outcome] = []
    for item in prepared:
        if isinstance(item, ApiError):
            outcome.append(item)
        elif (result := next(remaining)).answer is None:
            outcome.append(ApiError("idempotency-mismatch"))
        else:
            outcome.append(Accepted(result.answer, is_replayed=result.status == "replayed"))
    return outcome


def types_of(documents: Sequence[Any]) -> list[str]:
    """The event types named in *documents*."""
    objects = [document for document in documents if isinstance(document, dict)]
    return [name for document in objects if isinstance(name := document.get("type"), str)]


# ------------------------------------------------------------------ preparing one event


def prepare(
    event: Event,
    config: Config,
    circumstances: Circumstances,
    fingerprint: str,
    keys: tuple[str, ...] = (),
    *,
    keys_live_s: int | None = None,
    evaluation: TimerEvaluation | None = None,
    warnings: Sequence[Mapping[str, str]] = (),
) -> PreparedEvent:
    """*event*, planned and ready to be committed.

    *evaluation* is that of the timer from which the event is derived, if any; *warnings* are returned to the source.
    """
    planned = plans.of(config).of(event, circumstances)
    event_plan, explanation, explanation_id = planned.plan, planned.explanation, planned.explanation_id
    effects = react(event, event_plan, config, circumstances.now, planned.reactions)
    if effects.lasting_findings or warnings:
        findings = (*event_plan.findings, *effects.lasting_findings, *map(warning_finding, warnings))
        event_plan = replace(event_plan, findings=findings)
        explanation, explanation_id = encode_explanation(event_plan), None
    ids = delivery_ids(event, event_plan)
    # A timer's own event needs no second answer: only a source can post what the gateway has already derived.
    repeated = _already_notified(event, config) if effects.occasion and evaluation is None else None
    args: tuple[Any, ...] = ()
    if effects is not NO_EFFECTS or evaluation is not None:
        args = timing_args(event, ids, effects, repeated, evaluation)
    return PreparedEvent(
        event=event,
        plan=event_plan,
        ids=ids,
        explanation=explanation,
        explanation_id=explanation_id,
        config=config.digest,
        keys=keys,
        keys_live_s=keys_live_s,
        fingerprint=fingerprint,
        answer=_answer(event, event_plan, ids, config, warnings),
        timing_args=args,
        strangers=planned.strangers if evaluation is None else "",  # a timer repeats what an event has said
        already_notified=repeated[0] if repeated else None,
    )


def _already_notified(event: Event, config: Config) -> tuple[dict[str, Any], str]:
    """Answer and stored explanation for an event that the gateway had already derived when a source posted it."""
    why = "the gateway has sent this notification already, derived from facts: it is not sent again"
    not_sent = Plan((), (Finding("timing", event.type, False, why),))
    return {**_answer(event, not_sent, (), config), "status": UNROUTED}, encode_explanation(not_sent)


def _answer(
    event: Event, event_plan: Plan, ids: Sequence[str], config: Config, warnings: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    deliveries = zip(ids, event_plan.deliveries, strict=True)
    answer: dict[str, Any] = {
        "id": event.id,
        "status": status_of(event, event_plan, config),
        "deliveries": [{"id": id, "target": delivery.target} for id, delivery in deliveries],
        "config": config.digest,
    }
    return {**answer, "warnings": list(warnings)} if warnings else answer


def warning_finding(warning: Mapping[str, str]) -> Finding:
    """*warning* as a step of the explanation."""
    hint = f" - {warning['hint']}" if "hint" in warning else ""
    return Finding("data", warning["pointer"], False, f"{warning['detail']}{hint}")


def status_of(event: Event, event_plan: Plan, config: Config) -> str:
    """`unrouted` if the event is sent to nobody, except for a fact, which is never sent."""
    is_used = event_plan.deliveries or config.catalog.events[event.type].is_fact
    return ACCEPTED if is_used else UNROUTED


# ------------------------------------------------------------------ committing


def commit(runtime: Runtime, events: Sequence[PreparedEvent]) -> list[CommitResult]:
    """A result for each of *events*, in one round trip. Raises: StoreUnavailable."""
    if not events:
        return []
    results, drains = runtime.ledger.accept(events)
    start_drains(runtime, drains)
    return results


def start_drains(runtime: Runtime, drains: Sequence[Drain]) -> None:
    """Enqueues *drains*. A failure is only logged: the events are stored, so the source must not post them again."""
    try:
        runtime.queue.enqueue(drains)
    except StoreUnavailable as exc:
        log_outage(exc, "the dispatcher will start the drains")
