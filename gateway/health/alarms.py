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
from gateway.store.alarms import UNMAPPED, Alarm, severity_of_trouble
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
        try:
            subject, place, data = _describe(alarm, runtime, config)
        except NotFound:
            text, ids = "no alarm is sent for %s of %s: delivery %s has expired", {"delivery": alarm.delivery}
            log.warning(text, alarm.kind, alarm.name, alarm.delivery, extra=ids)
            continue
        part = [alarm.delivery] if alarm.is_of_gateway else []  # whether it begins or ends
        id = uuid_of(alarm.kind, alarm.name, alarm.at.isoformat(), *part)
        event = derive_event(config.catalog.events[TROUBLE], BUILTIN, subject, data, alarm.at, id)
        event = replace(event, severity=severity_of_trouble(event.data, event.severity))
        prepared = prepare(event, config, Circumstances(now), f"{BUILTIN}-{event.id}")
        targets = ", ".join(planned.target for planned in prepared.plan.deliveries) or "nobody, since no route names it"
        end = " is over" if alarm.is_over and alarm.is_of_gateway else ""
        fields = {"event": event.id, "may_repeat": True}
        log.warning("%s: %s of %s%s; sent to %s", TROUBLE, alarm.kind, place, end, targets, extra=fields)
        events.append(prepared)
    # Dismissed after the events are stored: if there is a crash in between, committing them again changes nothing.
    commit(runtime, events)
    runtime.alarms.dismiss(alarms)


def _describe(alarm: Alarm, runtime: Runtime, config: Config) -> tuple[str, str, dict[str, Any]]:
    """The subject of the event for *alarm*, the place of the trouble in words, and the event's data.

    Raises: NotFound if the delivery that showed the trouble has expired.
    """
    if alarm.is_of_gateway:
        return alarm.kind, "the gateway itself", alarm.gateway_data()
    if alarm.kind == UNMAPPED:
        return alarm.name, f"the source {alarm.name}", alarm.source_data()
    delivery = runtime.views.delivery(alarm.delivery)
    data = alarm.event_data(delivery)
    target = config.targets.get(delivery["target"])
    if target and target.masked_recipient:
        data["recipient"] = target.masked_recipient
    return delivery["target"], delivery["lane"], data
