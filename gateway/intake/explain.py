"""What an event would lead to, and why; nothing is stored and nothing sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.intake.accept import status_of, warning_finding
from gateway.intake.circumstances import circumstances_of
from gateway.intake.parse import parse
from gateway.intake.preview import preview
from gateway.intake.unknown_fields import unknown_fields
from gateway.model import Source
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.runtime import Runtime
from gateway.store.records import event_document
from gateway.timing.reactions import react


def explain(runtime: Runtime, source: Source, document: Any, now: datetime) -> dict[str, Any]:
    """What `accept` would make of *document*: `{...event, status, config, deliveries, later, explanation}`.

    Raises: ApiError, StoreUnavailable.
    """
    config = runtime.config.current()
    event = parse(document, source, config, now)
    event_plan = plan(event, config, circumstances_of(runtime, config, [event.type], now))
    effects = react(event, event_plan, config, now)
    warnings = unknown_fields(event, config)
    findings = (*event_plan.findings, *effects.findings, *map(warning_finding, warnings))
    event_plan = replace(event_plan, findings=findings)
    document = {
        **event_document(event),
        "status": status_of(event, event_plan, config),
        "config": config.digest,
        "deliveries": [
            {
                "target": delivery.target,
                "lane": delivery.lane,
                "delay_s": delivery.delay.total_seconds(),
                "reasons": [
                    {"notification": reason.notification, "route": reason.route, "text": reason.text}
                    for reason in delivery.reasons
                ],
            }
            for delivery in event_plan.deliveries
        ],
        "later": preview(event, effects.steps, config, now),
        "explanation": to_document(event_plan),
    }
    return {**document, "warnings": list(warnings)} if warnings else document
