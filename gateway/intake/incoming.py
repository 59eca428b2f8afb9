"""Turns what a sender posted to `/v1/in` into events by its source's mapping, or keeps it as unmapped with the reason.

The documents that a mapping makes go through the same intake as those that sources post themselves. The difference is
what an error means: here it is a fault of the mapping and not of the sender, so the body is kept and the sender gets a
success.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.conditions.index import index_conditions
from gateway.encoding import dumps
from gateway.errors import ApiError
from gateway.intake.accept import Accepted, prepare
from gateway.intake.accept import Outcome as EventOutcome
from gateway.intake.inputs import Unreadable, read_body
from gateway.intake.parse import parse
from gateway.intake.unknown_fields import unknown_fields
from gateway.mapping.apply import apply, place_of
from gateway.model import Circumstances, Config, MappedEvent, Outcome, Payload, Source, SourceMapping
from gateway.runtime import Runtime
from gateway.store.records import PreparedEvent
from gateway.store.unmapped import Reason, UnmappedBody

log = logging.getLogger(__name__)

NO_RULE = "no rule takes it"
WITHOUT_RULES = SourceMapping((), index_conditions([]), ZoneInfo("UTC"))
"""The mapping of a source that has no rules: all its bodies are kept, so that somebody can look at them."""
FINGERPRINT = "mapped"
"""The fingerprint of every mapped event: two events with the same id count as the same event, whatever else differs."""
MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """The body of an authenticated sender, without its credentials."""

    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    query: Mapping[str, str]
    path: tuple[str, ...]
    received: datetime
    unmapped_id: str = ""
    """If the body is mapped again: the id under which it was kept."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The result of applying the rules to a body."""

    payload: Payload
    events: tuple[MappedEvent, ...] = ()
    ignored: tuple[str, ...] = ()
    """The reason for each part of the body that a rule ignores."""
    refused: bool = False
    """Whether no rule takes a part of it, and the mapping says to refuse such bodies."""
    reason: Reason | None = None
    """Why the body must be kept; None if each part of it is an event or is ignored."""
    why: str = ""
    problems: tuple[Mapping[str, Any], ...] = ()

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [event.document for event in self.events]


def read_payload(incoming: Incoming, mapping: SourceMapping, max_bytes: int) -> Payload:
    """What *incoming* says in the format of *mapping*; compressed, it may grow to *max_bytes*. Raises: Unreadable."""
    content_type, encoding = incoming.headers.get("content-type"), incoming.headers.get("content-encoding")
    body = read_body(incoming.body, mapping.format, content_type, encoding, max_bytes)
    return Payload(body, incoming.headers, incoming.query, incoming.path)


def map_body(mapping: SourceMapping, incoming: Incoming, max_bytes: int) -> Mapped:
    """The result of applying *mapping* to *incoming*. The body is never lost: even a defect of the gateway is a reason
    to keep it."""
    payload = Payload(None, incoming.headers, incoming.query, incoming.path)
    try:
        payload = read_payload(incoming, mapping, max_bytes)
        outcomes = apply(mapping, payload, incoming.received)
    except Unreadable as exc:
        return Mapped(payload, reason="unreadable", why=str(exc))
    except Exception as exc:  # after a defect of the gateway, the sender would otherwise lose the body
        log.exception("a mapping failed")
        return Mapped(payload, reason="failed", why=f"the mapping failed: {type(exc).__name__}")
    return _gather(mapping, payload, outcomes)


def _gather(mapping: SourceMapping, payload: Payload, outcomes: Sequence[Outcome]) -> Mapped:
    events: list[MappedEvent] = []
    ignored: list[str] = []
    problems: list[Mapping[str, Any]] = []
    refused, unmatched = False, 0
    for outcome in outcomes:
        events += outcome.events
        element = {} if outcome.element is None else {"element": outcome.element}
        problems += [
            {"at": str(fault.place), "pointer": fault.pointer, "detail": fault.message, **element}
            for fault in outcome.faults
        ]
        if outcome.rule is None and mapping.otherwise == "ignore":
            ignored.append(NO_RULE)
        elif outcome.rule is None:
            refused |= mapping.otherwise == "refuse"
            unmatched += 1
            problems.append({"detail": NO_RULE, **element})
        elif outcome.rule.ignore is not None:
            ignored.append(outcome.rule.ignore)
    reason: Reason | None = None
    why = ""
    if problems:
        reason = "no-rule" if unmatched == len(problems) else "invalid"
        pointer, detail = problems[0].get("pointer"), problems[0]["detail"]
        why = f"{pointer}: {detail}" if pointer else detail
    return Mapped(payload, tuple(events), tuple(ignored), refused, reason, why, tuple(problems[:MAX_PROBLEMS]))


def prepare_mapped(
    runtime: Runtime, config: Config, source: Source, mapped: Mapped, incoming: Incoming, circumstances: Circumstances
) -> list[PreparedEvent | ApiError]:
    """For each event of *mapped*: ready to be committed, or why its data violate their schema."""
    assert source.mapping is not None  # noqa: S101 - it made them
    max_bytes = runtime.settings.max_event_bytes
    window_s = int(source.mapping.dedupe.window.total_seconds())
    prepared: list[PreparedEvent | ApiError] = []
    for number, event in enumerate(mapped.events):
        keys: tuple[str, ...] = ()
        if incoming.unmapped_id and event.dedupe_key:
            keys = (f"unmapped {incoming.unmapped_id} {number}",)
        elif event.dedupe_key and window_s:
            keys = (f"mapped {event.dedupe_key}",)
        try:
            if len(dumps(event.document)) > max_bytes // 4 and len(dumps(event.document).encode()) > max_bytes:
                raise ApiError("too-large", f"the event is larger than {max_bytes:,} bytes")  # noqa: TRY301 - as parse
            parsed = parse(event.document, source, config, incoming.received)
            warnings, lifetime_s = unknown_fields(parsed, config), window_s or None
            prepared.append(
                prepare(parsed, config, circumstances, FINGERPRINT, keys, keys_live_s=lifetime_s, warnings=warnings)
            )
        except ApiError as exc:
            prepared.append(exc.with_traceback(None))
        except Exception as exc:  # as in `map_body`
            log.exception("preparing a mapped event failed")
            prepared.append(ApiError("internal", type(exc).__name__))
    return prepared


def unmapped_of(
    source: Source, mapped: Mapped, outcomes: Sequence[EventOutcome], incoming: Incoming
) -> UnmappedBody | None:
    """What must be kept: the whole body if any part of it did not become an event; None if nothing."""
    problems = list(mapped.problems)
    reason, why = mapped.reason, mapped.why
    for event, outcome in zip(mapped.events, outcomes, strict=False):
        if isinstance(outcome, ApiError) and outcome.slug != "idempotency-mismatch":
            about = {"rule": event.rule.name, "type": event.pattern.type}
            event_problems = [
                {"at": str(place_of(event.pattern, str(error.get("pointer", "")))), **about, **error}
                for error in outcome.errors
            ] or [{"at": str(event.pattern.place), "detail": outcome.detail or outcome.slug}]
            if reason is None or reason == "no-rule":
                reason = "failed" if outcome.slug == "internal" else "invalid"
                why = f"{event.pattern.type}: {outcome.detail or outcome.slug}"
            problems += event_problems
    if reason is None:
        return None
    return UnmappedBody(
        source=source.name,
        reason=reason,
        why=why,
        body=incoming.body,
        problems=tuple(problems[:MAX_PROBLEMS]),
        headers=incoming.headers,
        query=incoming.query,
        path=incoming.path,
    )


def same_body(incoming: Incoming) -> str:
    """A digest that is equal for bodies that count as the same unmapped body."""
    digest = hashlib.sha256(incoming.body)
    digest.update(dumps([incoming.query, incoming.path]).encode())
    return digest.hexdigest()


def is_duplicate(outcome: EventOutcome) -> bool:
    """Whether the event was stored before; the same id with another body also counts as a duplicate."""
    if isinstance(outcome, Accepted):
        return outcome.is_replayed
    return outcome.slug == "idempotency-mismatch"
