"""Notifying operators: each alarm that the ledger asks for becomes an event, which the routes plan like any other."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from gateway.errors import NotFound
from gateway.intake.accept import commit, prepare
from gateway.intake.parse import id_from_key
from gateway.model import OWN, Circumstances, Config, Event, Severity
from gateway.runtime import Runtime
from gateway.store.alarms import Alarm
from gateway.store.records import PreparedEvent

log = logging.getLogger(__name__)

TROUBLE = f"{OWN}.trouble"
"""The event type, in `config/builtin_catalog.yaml`."""
SEVERITIES = {"lane_recovered": Severity.SUCCESS}


def notify_operators(runtime: Runtime, config: Config, now: datetime) -> None:
    """Accepts an event for each alarm that waits, even where other events are refused. Raises: StoreUnavailable.

    An alarm has the same event id whichever dispatcher handles it, and however often, so operators hear of it once.
    """
    alarms = runtime.alarms.pending()
    events = [event for alarm in alarms if (event := _event(runtime, alarm, config))]
    acceptances = [_prepared(event, config, now) for event in events]
    commit(runtime, acceptances)
    runtime.alarms.dismiss(alarms)


def _prepared(event: Event, config: Config, now: datetime) -> PreparedEvent:
    prepared = prepare(event, config, Circumstances(now), f"{OWN}-{event.id}")
    receivers = ", ".join(planned.target for planned in prepared.plan.deliveries) or "nobody, since no route names it"
    log.warning("%s: %s of %s; sent to %s", TROUBLE, event.data["kind"], event.data["lane"], receivers)
    return prepared


def _event(runtime: Runtime, alarm: Alarm, config: Config) -> Event | None:
    """None: the delivery that showed it has expired meanwhile."""
    try:
        delivery = runtime.views.delivery(alarm.delivery)
    except NotFound:
        log.warning("%s of %s is not told: delivery %s has expired", alarm.kind, alarm.name, alarm.delivery)
        return None
    event_type = config.catalog.events[TROUBLE]
    return Event(
        id=id_from_key("\0".join([alarm.kind, alarm.name, alarm.at.isoformat()])),
        type=TROUBLE,
        category=event_type.category,
        source=OWN,
        subject=delivery["target"],
        time=alarm.at,
        severity=SEVERITIES.get(alarm.kind, event_type.severity),
        data=_data(alarm, delivery),
    )


def _data(alarm: Alarm, delivery: dict[str, Any]) -> dict[str, Any]:
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
    return {name: value for name, value in data.items() if value}
