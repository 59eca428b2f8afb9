"""Accepting events: parse, plan, and commit all events of a request in one round trip."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gateway.encoding import canonical
from gateway.errors import ApiError, StoreUnavailable
from gateway.intake.parse import parse
from gateway.intake.plan_cache import plans
from gateway.intake.preview import preview
from gateway.intake.refusals import problem_document, refuse
from gateway.model import Config, Event, Finding, Plan, Source
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.runtime import Runtime
from gateway.store.records import CommitResult, Drain, PreparedEvent, delivery_ids, event_document
from gateway.store.stored_timers import TimerEvaluation, timing_args
from gateway.timing.reactions import NOTHING, react

log = logging.getLogger(__name__)

MAX_EVENTS = 1_000
"""In one request."""
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = "Idempotent-Replayed"
ACCEPTED, UNROUTED = "accepted", "unrouted"
"""Status of an event in its answer."""


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What the source is told of one event: 202 with the receipt, or a problem document."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        return self.status < 400

    @property
    def is_replayed(self) -> bool:
        """Whether the event was stored before, by an earlier post of it."""
        return REPLAYED in self.headers


def accept(
    runtime: Runtime,
    source: Source,
    documents: Sequence[Any],
    idempotency_key: str | None,
    now: datetime,
    *,
    is_array: bool = False,
) -> list[ItemAnswer]:
    """An answer for each of *documents* in order; what is answered with 202 is stored.

    *idempotency_key* is the key of the one document, or with *is_array* of all of them: each then has
    this key with its place in the array.
    Raises: ApiError when the key cannot be used, Overloaded, StoreUnavailable.
    """
    runtime.admission.check()
    config = runtime.config.current()
    online = who_is_online(runtime, config, types_of(documents))
    read = read_events(runtime, config, source, documents, idempotency_key, now, online, is_array=is_array)
    return answers_to(read, commit(runtime, acceptances_in(read)))


Read = PreparedEvent | ItemAnswer
"""What a document was read as: an event ready to be committed, or the answer that refuses it."""


def read_events(
    runtime: Runtime,
    config: Config,
    source: Source,
    documents: Sequence[Any],
    idempotency_key: str | None,
    now: datetime,
    online: Collection[str] = (),
    *,
    is_array: bool = False,
) -> list[Read]:
    """Each of *documents* in order. Asks nobody, and takes some hundred microseconds for each.

    Raises: ApiError when the key cannot be used.
    """
    keys = _keys(idempotency_key, len(documents), is_array=is_array)
    most_bytes = runtime.settings.max_event_bytes
    found: list[Read] = []
    for document, key in zip(documents, keys, strict=True):
        try:
            event, fingerprint = _read(document, source, config, now, key, most_bytes)
            used = () if key is None else (key,)
            found.append(prepare(event, config, now, fingerprint, used, online=online))
        except ApiError as refused:
            found.append(_refused(refused))
    return found


def types_of(documents: Sequence[Any]) -> list[str]:
    """The event types that *documents* name."""
    named = (one.get("type") for one in documents if isinstance(one, dict))
    return [one for one in named if isinstance(one, str)]


def acceptances_in(read: Sequence[Read]) -> list[PreparedEvent]:
    return [one for one in read if isinstance(one, PreparedEvent)]


def answers_to(read: Sequence[Read], receipts: Sequence[CommitResult]) -> list[ItemAnswer]:
    """An answer for each document that was read; *receipts* are those of its acceptances, in order."""
    stored = iter(receipts)
    return [one if isinstance(one, ItemAnswer) else _answered(next(stored)) for one in read]


def explain(runtime: Runtime, source: Source, document: Any, now: datetime) -> dict[str, Any]:
    """What `accept` would make of *document*: `{...event, status, config, deliveries, explanation}`.

    Nothing is stored and nothing sent. Raises: ApiError.
    """
    config = runtime.config.current()
    event = parse(document, source, config, now)
    planned = plan(event, config, who_is_online(runtime, config, [event.type]))
    effects = react(event, planned, config, now)
    planned = replace(planned, findings=(*planned.findings, *effects.findings))
    return {
        **event_document(event),
        "status": _status(event, planned, config),
        "config": config.digest,
        "deliveries": [
            {
                "target": one.target,
                "lane": one.lane,
                "delay_s": one.delay.total_seconds(),
                "reasons": [
                    {"notification": reason.notification, "route": reason.route, "text": reason.text}
                    for reason in one.reasons
                ],
            }
            for one in planned.deliveries
        ],
        "later": preview(event, effects.steps, config, now),
        "explanation": to_document(planned),
    }


def _keys(key: str | None, count: int, *, is_array: bool) -> list[str | None]:
    """The idempotency key of each document; one of an array cannot be mistaken for one of a single event."""
    if key is None:
        return [None] * count
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise refuse("bad-idempotency-key", "expected 1 to 255 visible ASCII characters")
    return [f"{key} {number}" for number in range(count)] if is_array else [key]


def _read(
    document: Any, source: Source, config: Config, now: datetime, key: str | None, most_bytes: int
) -> tuple[Event, str]:
    """The event that *document* says, and the fingerprint of its content. Raises: ApiError."""
    content = canonical(document)
    if len(content) > most_bytes:
        raise refuse("too-large", f"the event is larger than {most_bytes:,} bytes")
    return parse(document, source, config, now, key), hashlib.sha256(content).hexdigest()


def depends_on_presence(config: Config, event_types: Iterable[str]) -> bool:
    """Whether a notification of *event_types* is for people who are online, or who are not."""
    known = (config.catalog.events.get(one) for one in event_types)
    return any(row.presence for one in known if one for row in one.notifications)


def who_is_online(runtime: Runtime, config: Config, event_types: Iterable[str]) -> Collection[str]:
    """The people who are online, when a notification of *event_types* depends on it; else nobody is asked for."""
    return runtime.presence.online().keys() if depends_on_presence(config, event_types) else ()


def prepare(
    event: Event,
    config: Config,
    now: datetime,
    fingerprint: str,
    keys: tuple[str, ...] = (),
    *,
    online: Collection[str] = (),
    look: TimerEvaluation | None = None,
) -> PreparedEvent:
    """*event*, planned and ready to be committed; *look* is at the timer that makes it, if one does."""
    made = plans.of(config).of(event, online)
    planned, explanation, explanation_id = made.plan, made.explanation, made.explanation_id
    effects = react(event, planned, config, now, made.reactions)
    if effects.told:
        planned = replace(planned, findings=(*planned.findings, *effects.told))
        explanation, explanation_id = to_document(planned), None
    ids = delivery_ids(event, planned)
    answer = _answer(event, planned, ids, config)
    told = _told(event, config) if effects.occasion and look is None else None
    timed: tuple[Any, ...] = ()
    if effects is not NOTHING or look is not None:
        timed = timing_args(event, ids, effects, told, look)
    return PreparedEvent(
        event=event,
        plan=planned,
        ids=ids,
        explanation=explanation,
        explanation_id=explanation_id,
        config=config.digest,
        keys=keys,
        fingerprint=fingerprint,
        answer=answer,
        timing_args=timed,
        already_notified=told[0] if told else None,
    )


def _told(event: Event, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answer and explanation of an event that the gateway has made itself before it came."""
    why = "the gateway has told of this occasion already, from facts: nothing is sent again"
    untold = Plan((), (Finding("timing", event.type, False, why),))
    return {**_answer(event, untold, (), config), "status": ACCEPTED}, to_document(untold)


def _answer(event: Event, planned: Plan, ids: Sequence[str], config: Config) -> dict[str, Any]:
    return {
        "id": event.id,
        "status": _status(event, planned, config),
        "deliveries": [{"id": id, "target": one.target} for id, one in zip(ids, planned.deliveries, strict=True)],
        "config": config.digest,
    }


def _status(event: Event, planned: Plan, config: Config) -> str:
    is_fine = planned.deliveries or config.catalog.events[event.type].is_fact
    return ACCEPTED if is_fine else UNROUTED


def commit(runtime: Runtime, acceptances: Sequence[PreparedEvent]) -> list[CommitResult]:
    """A receipt for each of *acceptances*, in one round trip. Raises: StoreUnavailable."""
    if not acceptances:
        return []
    receipts, drains = runtime.ledger.accept(acceptances)
    start(runtime, drains)
    return receipts


def start(runtime: Runtime, drains: Sequence[Drain]) -> None:
    """Starts *drains*. The events are stored by now: whatever becomes of it, the source must not post them again."""
    try:
        runtime.queue.enqueue(drains)
    except StoreUnavailable as exc:
        log.warning("%s; the dispatcher will start the drains", exc)


def _answered(receipt: CommitResult) -> ItemAnswer:
    if receipt.answer is None:
        return _refused(refuse("idempotency-mismatch"))
    headers = {"Location": f"/v1/events/{quote(str(receipt.answer['id']), safe='')}"}
    if receipt.status == "replayed":
        headers[REPLAYED] = "true"
    return ItemAnswer(202, receipt.answer, headers)


def _refused(refused: ApiError) -> ItemAnswer:
    return ItemAnswer(refused.status, problem_document(refused), refused.headers)
