"""What is stored in the ledger and read from it, as JSON: encode and decode mirror each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from gateway.encoding import dumps
from gateway.model import Attempt, DeliveryState, Event, FailureReason, Plan, Reason, Severity
from gateway.store import keys
from gateway.times import from_ms, to_ms
from gateway.timing.facts import merge

EVENT_ATTRIBUTES = tuple(field.name for field in fields(Event) if field.name != "customer")


class PreparedEvent(NamedTuple):  # as in `timing.operations`: quick to create
    """An event that is ready to be committed."""

    event: Event
    plan: Plan
    ids: tuple[str, ...]
    """Delivery ids, in the order of the plan: `delivery_ids`."""
    explanation: str
    """In the form of `encode_explanation`."""
    config: str
    """Digest of the configuration that planned it."""
    keys: tuple[str, ...]
    """Idempotency keys, given by the source, or derived from what a mapping says identifies a payload."""
    fingerprint: str
    """Identifies the content: one word, without white space."""
    answer: Mapping[str, Any]
    """The answer to the source, now and when it posts the same event again."""
    explanation_id: str | None = None
    """Digest of an explanation shared with other events, which is stored once; None: the event has its own."""
    timing_args: tuple[Any, ...] = ()
    """What it has to do with time, as the script `accept` reads it (`timing_steps.timing_args`); empty: nothing."""
    strangers: str = ""
    """The people whom it names and the directory does not have: `encode_strangers`."""
    keys_live_s: int | None = None
    """How long the *keys* are remembered; None: as long as those of sources."""
    already_notified: Mapping[str, Any] | None = None
    """The answer if the gateway has already notified of the same occasion."""


class CommitResult(NamedTuple):
    """The ledger's result for a PreparedEvent; *answer* is None for a mismatch."""

    status: Literal["accepted", "repeated", "replayed", "mismatch", "gone"]
    """`repeated`: stored, but its occasion was already notified; `gone`: the timer that made it has changed since."""
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Drain:
    """A drain of *lane* that must be enqueued; *slot* is its place among the lane's drains."""

    lane: str
    slot: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery that is leased to a worker for one attempt."""

    id: str
    lane: str
    token: str
    """Fencing token: only its holder may record the result."""
    attempt: int
    failures: int
    """Failed attempts that count."""
    pauses: int
    """Attempts that the provider postponed and that do not count."""
    accepted: datetime
    target: str
    reasons: tuple[Reason, ...]
    event_key: str
    event: str
    """The form that `decode_event` reads, with news about its subject while it was held; empty: it has expired."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The new state of a leased delivery after an attempt."""

    lease: Lease
    attempt: Attempt
    verdict: Literal["delivered", "retry", "pause", "dead"]
    wait_s: float = 0.0
    reason: FailureReason | None = None
    """Why it waits or is dead."""
    health: Literal["up", "down", ""] = ""
    """What the attempt says about the service; empty if nothing: it was not asked, or was only busy."""
    alarm: Literal["tls_fault", ""] = ""
    """The kind of an alarm to raise even though the delivery is tried again."""
    service: str = "unknown"
    """The kind of service that was asked, by Apprise's name."""


def delivery_ids(event: Event, plan: Plan) -> tuple[str, ...]:
    """One id for each of the plan's deliveries, always the same for the same event."""
    key = keys.event_key(event.source, event.id)
    return tuple(f"{key}-{number}" for number in range(1, len(plan.deliveries) + 1))


def event_document(event: Event) -> dict[str, Any]:
    """An event as the ledger stores it and the API shows it."""
    lead = {"lead": event.lead} if event.lead else {}
    return {
        "id": event.id,
        "type": event.type,
        "category": event.category,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "severity": event.severity.value,
        "data": event.data,
        **lead,
    }


def encode_event(event: Event) -> str:
    return dumps(event_document(event))


def decode_event(text: str) -> Event:
    """As `event_of`."""
    return event_of(json.loads(text))


def event_of(document: Mapping[str, Any]) -> Event:
    """The event in an `event_document`, which may have more keys; the customer's place is not stored in it."""
    values = {name: document[name] for name in EVENT_ATTRIBUTES if name in document}
    values["time"] = datetime.fromisoformat(values["time"])
    values["severity"] = Severity(values["severity"])
    return Event(**values)


@lru_cache(maxsize=1024)  # events that are decided alike share their reasons
def encode_reasons(reasons: tuple[Reason, ...]) -> str:
    return dumps([[reason.notification, reason.route, reason.text] for reason in reasons])


def decode_reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(*fields) for fields in json.loads(text))


def encode_attempt(attempt: Attempt) -> str:
    result = attempt.result
    return dumps(
        {
            "number": attempt.number,
            "started": attempt.started.isoformat(timespec="milliseconds"),
            "duration_s": round(attempt.duration_s, 4),
            "outcome": "delivered" if result.is_delivered else "failed",
            "reason": result.reason.value if result.reason else None,
            "status": result.status,
            "detail": result.detail,
        }
    )


def decode_lease(lane: str, fields: list[str]) -> Lease:
    """A row of the script `claim`."""
    id, token, attempt, failures, pauses, accepted, target, reasons, event_key, event, newer = fields
    return Lease(
        id=id,
        lane=lane,
        token=token,
        attempt=int(attempt),
        failures=int(failures),
        pauses=int(pauses),
        accepted=from_ms(accepted),
        target=target,
        reasons=decode_reasons(reasons),
        event_key=event_key,
        event=_with_newer(event, newer) if newer else event,
    )


def _with_newer(event: str, newer: str) -> str:
    """*event* with the fields that later events gave for its subject while it was held, as stored by timing.lua."""
    document = json.loads(event)
    own_time = to_ms(datetime.fromisoformat(document["time"]))
    facts = []
    for name, text in json.loads(newer).items():
        time, _, value = text.partition(" ")
        if int(time) >= own_time:  # what was said before this event is older than its own data
            facts.append((int(time), tuple(json.loads(name)), json.loads(value)))
    return dumps({**document, "data": merge(facts, document["data"])})


def delivery_document(id: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """A delivery as the API shows it: JSON-able, times in ISO 8601, attempts in order."""
    log = fields.get("log") or ""
    state = DeliveryState(fields["state"])
    due = None if state.is_final else fields.get("due")
    return {
        "id": id,
        "event": fields["event_id"],
        "type": fields["type"],
        "source": fields["source"],
        "target": fields["target"],
        "lane": fields["lane"],
        "state": state.value,
        "reason": None if state is DeliveryState.DELIVERED else fields.get("reason"),
        "accepted": from_ms(fields["accepted"]).isoformat(timespec="milliseconds"),
        "due": from_ms(due).isoformat(timespec="milliseconds") if due else None,
        "settled": from_ms(fields["settled"]).isoformat(timespec="milliseconds") if "settled" in fields else None,
        "reasons": [
            {"notification": reason.notification, "route": reason.route, "text": reason.text}
            for reason in decode_reasons(fields["reasons"])
        ],
        "dropped_by": fields.get("dropped_by"),
        "discarded_by": fields.get("discarded_by"),
        "discarded_for": fields.get("discarded_for"),
        "attempts": [json.loads(line) for line in log.splitlines()],
    }


def lane_document(name: str, waiting: int, fields: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    """A lane as the API shows it: `ready`; `open`, after failures in a row; `probing`; or `paused`, as the service
    asked."""
    open_until, paused_until = int(fields.get("open_until", 0)), int(fields.get("paused_until", 0))
    until = max(open_until, paused_until)
    state = "ready"
    if "open_ms" in fields:
        state = "probing" if "probe" in fields or open_until <= now_ms else "open"
    elif paused_until > now_ms:
        state = "paused"
    return {
        "lane": name,
        "state": state,
        "until": from_ms(until).isoformat(timespec="milliseconds") if until > now_ms else None,
        "waiting": waiting,
        "under_way": max(0, int(fields.get("inflight", 0))),
        "failed_in_a_row": int(fields.get("failed", 0)),
    }
