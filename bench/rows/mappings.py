"""What an event costs that a mapping makes of a foreign body, beside the same event in the gateway's own envelope."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from systems.gateway import event_document

from gateway.config.mappings import build
from gateway.intake.accept import commit, committable, prepare_events
from gateway.intake.incoming import Incoming, map_body, prepare_mapped
from gateway.model import Circumstances
from gateway.runtime import Runtime
from gateway.strict_json import decode
from rows.base import Figure, runtime, server

FEW, MANY = 10, 1_000
"""Rules of a source, all of which test the same field."""
EVENTS = 3_000
WARM_UP = 100
MAX_BYTES = 2**20
SYNCRO = Path(build.__file__).parent / build.SHIPPED / "examples" / "syncro" / "ticket_status_changed.json"


@dataclass(frozen=True)
class Sender:
    """Who posts, and the body that it posts for the event of a name."""

    source: str
    body: Callable[[str], Any]


def mapped_events(divisor: int) -> Sequence[Figure]:
    senders = [
        Sender("bench", event_document),
        Sender("few", partial(_foreign, FEW)),
        Sender("many", partial(_foreign, MANY)),
        Sender("syncro", _of_syncro),
    ]
    with server("relaxed") as embedded, runtime(embedded.url, _configuration(), durability="relaxed") as opened:
        mapping = opened.config.current().sources["syncro"].mapping
        assert mapping is not None
        same = map_body(mapping, _incoming(SYNCRO.read_bytes(), datetime.now(UTC)), MAX_BYTES).documents[0]
        senders.append(Sender("bench", lambda name: {**same, "id": name}))
        own, few, many, syncro, own_ticket = _costs(opened, senders, max(FEW, EVENTS // divisor))
    return [
        Figure("own envelope", own, "us"),
        Figure(f"mapped, {FEW} rules", few, "us"),
        Figure("that is", few / own, "x"),
        Figure(f"mapped, {MANY:,} rules", many, "us"),
        Figure("that is", many / few, "x"),
        Figure("a ticket of Syncro in our own envelope", own_ticket, "us"),
        Figure(f"mapped, from {SYNCRO.stat().st_size:,} bytes", syncro, "us"),
        Figure("that is", syncro / own_ticket, "x"),
    ]


def _costs(opened: Runtime, senders: Sequence[Sender], events: int) -> list[float]:
    """Median time of an event of each, in microseconds. They take turns, as the machine is not always equally busy."""
    taken: list[list[float]] = [[] for _ in senders]
    for number in range(-WARM_UP, events):
        for place, (sender, times) in enumerate(zip(senders, taken, strict=True)):
            body = json.dumps(sender.body(f"{place}-{number}")).encode()
            began = time.perf_counter()
            _post(opened, sender.source, body)
            if number >= 0:
                times.append(time.perf_counter() - began)
    return [median(times) * 1e6 for times in taken]


def _foreign(rules: int, name: str) -> dict[str, Any]:
    """What the last of *rules* takes, and makes the event of `event_document` of."""
    ticket = event_document(name)["data"]["ticket"]  # type: ignore[index] # a document of ours, whose data are an object
    return {"kind": f"k{rules - 1}", "nr": name, "case": ticket, "was": "New", "is": "Resolved"}


def _of_syncro(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(SYNCRO.read_text("utf-8"))
    body["attributes"]["id"] = name
    return body


def _post(opened: Runtime, source_name: str, body: bytes) -> None:
    config, now = opened.config.current(), datetime.now(UTC)
    source, circumstances = config.sources[source_name], Circumstances(now)
    if source.mapping is None:
        prepared = prepare_events(opened, config, source, [decode(body)], None, circumstances)
    else:
        incoming = _incoming(body, now)
        mapped = map_body(source.mapping, incoming, MAX_BYTES)
        prepared = prepare_mapped(opened, config, source, mapped, incoming, circumstances)
    events = committable(prepared)
    assert len(events) == 1, prepared
    commit(opened, events)


def _incoming(body: bytes, now: datetime) -> Incoming:
    return Incoming(body, {"content-type": "application/json"}, {}, (), now)


def _configuration() -> dict[str, Any]:
    sources: dict[str, Any] = {
        name: {"tokens": [f"sha256:{number:064x}"], "events": ["ticket.*"], "rules": _rules(count)}
        for number, (name, count) in enumerate((("few", FEW), ("many", MANY)))
    }
    every = ["ticket.*", "rmm_alert.*", "invoice.*", "estimate.*", "payment.*", "customer.*", "lead.*", "appointment.*"]
    sources["syncro"] = {"tokens": [f"sha256:{3:064x}"], "events": every, "mapping": "syncro"}
    sources["bench"] = {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["*"]}
    return {
        "sources": sources,
        "channels": {"bench-1": {"service": "log"}},
        "routes": [{"name": "bench", "notify": ["ticket.status_changed.any"], "to": ["bench-1"]}],
    }


def _rules(count: int) -> list[dict[str, Any]]:
    """Each takes another kind, and makes the event of `event_document`."""
    event = {
        "type": "ticket.status_changed",
        "id": "nr",
        "data.ticket": {"id": "case.id", "number": "case.number", "subject": "case.subject", "url": "case.url"},
        "data.status": {"from": "was", "to": "is"},
    }
    return [{"name": f"rule {number}", "when": {"kind": f"k{number}"}, "emit": event} for number in range(count)]
