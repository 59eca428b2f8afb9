"""Notifying operators: each alarm that the ledger asks for becomes an event, which the routes plan like any other."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from gateway.encoding import uuid_of
from gateway.errors import NotFound
from gateway.intake.accept import commit, prepare
from gateway.model import OWN, Circumstances, Config, Severity
from gateway.runtime import Runtime
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
        id, data = uuid_of(alarm.kind, alarm.name, alarm.at.isoformat()), alarm.event_data(delivery)
        target = config.targets.get(delivery["target"])
        if target and target.masked_recipient:
            data["recipient"] = target.masked_recipient
        event = derive_event(config.catalog.events[TROUBLE], OWN, delivery["target"], data, alarm.at, id)
        event = replace(event, severity=SEVERITIES.get(alarm.kind, event.severity))
        prepared = prepare(event, config, Circumstances(now), f"{OWN}-{event.id}")
        targets = ", ".join(planned.target for planned in prepared.plan.deliveries) or "nobody, since no route names it"
        log.warning("%s: %s of %s; sent to %s", TROUBLE, alarm.kind, delivery["lane"], targets)
        events.append(prepared)
    # Dismissed once the events are stored: after a crash in between, committing them again changes nothing.
    commit(runtime, events)
    runtime.alarms.dismiss(alarms)
