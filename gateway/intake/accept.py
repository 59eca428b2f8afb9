"""Accepting events: parse, plan, and commit all events of a request in one round trip."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gateway.errors import RequestRefused, StoreUnavailable
from gateway.intake.parse import parse
from gateway.intake.refusals import problem_document, refuse
from gateway.model import Config, Event, Plan, Source
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.runtime import Runtime
from gateway.store.records import Acceptance, Drain, Receipt, delivery_ids, event_document

log = logging.getLogger(__name__)

MOST_EVENTS = 1_000
"""In one request."""
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = "Idempotent-Replayed"


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
    Raises: RequestRefused when the key cannot be used, StoreUnavailable.
    """
    keys = _keys(idempotency_key, len(documents), is_array=is_array)
    config = runtime.config.current()
    most_bytes = runtime.settings.max_event_bytes
    answers: list[ItemAnswer | None] = []
    acceptances = []
    for document, key in zip(documents, keys, strict=True):
        try:
            acceptances.append(_prepare(document, source, config, now, key, most_bytes))
            answers.append(None)
        except RequestRefused as refused:
            answers.append(_refused(refused))
    stored = iter(_commit(runtime, acceptances))
    return [answer or next(stored) for answer in answers]


def explain(runtime: Runtime, source: Source, document: Any, now: datetime) -> dict[str, Any]:
    """What `accept` would make of *document*: `{...event, status, config, deliveries, explanation}`.

    Nothing is stored and nothing sent. Raises: RequestRefused.
    """
    config = runtime.config.current()
    event = parse(document, source, config, now)
    planned = plan(event, config)
    return {
        **event_document(event),
        "status": _status(planned),
        "config": config.digest,
        "deliveries": [
            {
                "target": one.target,
                "lane": one.lane,
                "reasons": [
                    {"notification": reason.notification, "route": reason.route, "text": reason.text}
                    for reason in one.reasons
                ],
            }
            for one in planned.deliveries
        ],
        "explanation": to_document(planned),
    }


def _keys(key: str | None, count: int, *, is_array: bool) -> list[str | None]:
    """The idempotency key of each document; one of an array cannot be mistaken for one of a single event."""
    if key is None:
        return [None] * count
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise refuse("bad-idempotency-key", "expected 1 to 255 visible ASCII characters")
    return [f"{key} {number}" for number in range(count)] if is_array else [key]


def _prepare(
    document: Any, source: Source, config: Config, now: datetime, key: str | None, most_bytes: int
) -> Acceptance:
    """Raises: RequestRefused."""
    canonical = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(canonical) > most_bytes:
        raise refuse("too-large", f"the event is larger than {most_bytes:,} bytes")
    event = parse(document, source, config, now, key)
    planned = plan(event, config)
    return Acceptance(
        event=event,
        plan=planned,
        explanation=to_document(planned),
        config=config.digest,
        keys=() if key is None else (key,),
        fingerprint=hashlib.sha256(canonical).hexdigest(),
        answer=_answer(event, planned, config),
    )


def _answer(event: Event, planned: Plan, config: Config) -> dict[str, Any]:
    ids = delivery_ids(event, planned)
    return {
        "id": event.id,
        "status": _status(planned),
        "deliveries": [{"id": id, "target": one.target} for id, one in zip(ids, planned.deliveries, strict=True)],
        "config": config.digest,
    }


def _status(planned: Plan) -> str:
    return "accepted" if planned.deliveries else "unrouted"


def _commit(runtime: Runtime, acceptances: Sequence[Acceptance]) -> list[ItemAnswer]:
    if not acceptances:
        return []
    receipts, drains = runtime.ledger.accept(acceptances)
    _start(runtime, drains)
    return [_answered(receipt) for receipt in receipts]


def _start(runtime: Runtime, drains: Sequence[Drain]) -> None:
    """The events are stored by now: whatever becomes of the drains, the source must not post them again."""
    try:
        runtime.queue.enqueue(drains)
    except StoreUnavailable as exc:
        log.warning("%s; the dispatcher will start the drains", exc)


def _answered(receipt: Receipt) -> ItemAnswer:
    if receipt.answer is None:
        return _refused(refuse("idempotency-mismatch"))
    headers = {"Location": f"/v1/events/{quote(str(receipt.answer['id']), safe='')}"}
    if receipt.status == "replayed":
        headers[REPLAYED] = "true"
    return ItemAnswer(202, receipt.answer, headers)


def _refused(refused: RequestRefused) -> ItemAnswer:
    return ItemAnswer(refused.status, problem_document(refused), refused.headers)
