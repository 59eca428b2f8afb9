"""Notifying operators: each alarm that the ledger asks for becomes an event, which the routes plan like any other."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.errors import NotFound
from gateway.intake.accept import commit, prepare
from gateway.intake.parse import id_from_key
from gateway.model import OWN, Circumstances, Config, Event, Severity
from gateway.runtime import Runtime
from gateway.store.alarms import Alarm
from gateway.store.records import PreparedEvent
from gateway.timing.derived import derive_event

log = logging.getLogger(__name__)

TROUBLE = f"{OWN}.trouble"
"""The event type, in `config/builtin_catalog.yaml`."""
SEVERITIES = {"lane_recovered": Severity.SUCCESS}


def notify_operators(runtime: Runtime, config: Config, now: datetime) -> None:
    """Accepts an event for each alarm that waits, even where other events are refused. Raises: StoreUnavailable.

    An alarm has the same event id whichever dispatcher handles it, and however often, so operators hear of it once.
    """
    alarms = runtime.alarms.pending()
    events: list[PreparedEvent] = []
    for alarm in alarms:
        try:
            delivery = runtime.views.delivery(alarm.delivery)
        except NotFound:
            log.warning("%s of %s is not told: delivery %s has expired", alarm.kind, alarm.name, alarm.delivery)
            continue
        event = _event(alarm, delivery, config)
        prepared = prepare(event, config, Circumstances(now), f"{OWN}-{event.id}")
        targets = ", ".join(planned.target for planned in prepared.plan.deliveries) or "nobody, since no route names it"
        log.warning("%s: %s of %s; sent to %s", TROUBLE, alarm.kind, delivery["lane"], targets)
        events.append(prepared)
    # Dismissed once the events are stored: after a crash in between, committing them again changes nothing.
    commit(runtime, events)
    runtime.alarms.dismiss(alarms)


def _event(alarm: Alarm, delivery: dict[str, Any], config: Config) -> Event:
    """The event that tells of *alarm*; *delivery* is the one that showed it."""
    last = delivery["attempts"][-1] if delivery["attempts"] else {}
    data = {
        "kind": alarm.kind,
        "target": delivery["target"],
        "lane": delivery["lane"],
        "delivery": alarm.delivery,
        "event_type": delivery["type"],
        "reason": delivery["reason"] or last.get("reason"),
        "detail": last.get("detail"),
        "since": alarm.at.isoformat(timespec="milliseconds"),
    }
    known = {name: value for name, value in data.items() if value}
    id = id_from_key("\0".join([alarm.kind, alarm.name, alarm.at.isoformat()]))
    event = derive_event(config.catalog.events[TROUBLE], OWN, delivery["target"], known, alarm.at, id)
    return replace(event, severity=SEVERITIES.get(alarm.kind, event.severity))
