"""Notifies operators: each alarm that the ledger asks for becomes an event, which is routed like any other."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.encoding import uuid_of
from gateway.errors import NotFound
from gateway.intake.accept import commit, prepare
from gateway.model import BUILTIN, Circumstances, Config
from gateway.runtime import Runtime
from gateway.store.alarms import UNMAPPED, severity_of_trouble
from gateway.store.records import PreparedEvent
from gateway.timing.derived import derive_event

log = logging.getLogger(__name__)

TROUBLE = f"{BUILTIN}.trouble"
"""The event type, in `config/builtin_catalog.yaml`."""


def notify_operators(runtime: Runtime, config: Config, now: datetime) -> None:
    """Accepts an event for each waiting alarm, even while other events are refused. Raises: StoreUnavailable.

    An alarm has the same event id whichever process handles it and however often, so operators get it once.
    """
    alarms = runtime.alarms.pending()
    events: list[PreparedEvent] = []
    for alarm in alarms:
        if alarm.is_of_gateway:
            subject, place = alarm.kind, "the gateway itself"
            data = alarm.gateway_data()
        elif alarm.kind == UNMAPPED:
            subject, place = alarm.name, f"the source {alarm.name}"
            data = alarm.source_data()
        else:
            try:
                delivery = runtime.views.delivery(alarm.delivery)
            except NotFound:
                text, delivery_id = (
                    "no alarm is sent for %s of %s: delivery %s has expired",
                    {"delivery": alarm.delivery},
                )
                log.warning(text, alarm.kind, alarm.name, alarm.delivery, extra=delivery_id)
                continue
            subject, place = delivery["target"], delivery["lane"]
            data = alarm.event_data(delivery)
            target = config.targets.get(delivery["target"])
            if target and target.masked_recipient:
                data["recipient"] = target.masked_recipient
        part = [alarm.delivery] if alarm.is_of_gateway else []  # whether it begins or ends
        id = uuid_of(alarm.kind, alarm.name, alarm.at.isoformat(), *part)
        event = derive_event(config.catalog.events[TROUBLE], BUILTIN, subject, data, alarm.at, id)
        event = replace(event, severity=severity_of_trouble(event.data, event.severity))
        prepared = prepare(event, config, Circumstances(now), f"{BUILTIN}-{event.id}")
        targets = ", ".join(planned.target for planned in prepared.plan.deliveries) or "nobody, since no route names it"
        end = " is over" if alarm.is_over and alarm.is_of_gateway else ""
        ids: dict[str, Any] = {"event": event.id, "may_repeat": True}
        log.warning("%s: %s of %s%s; sent to %s", TROUBLE, alarm.kind, place, end, targets, extra=ids)
        events.append(prepared)
    # Dismissed after the events are stored: if there is a crash in between, committing them again changes nothing.
    commit(runtime, events)
    runtime.alarms.dismiss(alarms)
