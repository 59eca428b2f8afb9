"""What an event would lead to, or has led to, and why; nothing is stored and nothing sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.intake.accept import status_of, warning_finding
from gateway.intake.parse import parse
from gateway.intake.planning import circumstances_of
from gateway.intake.preview import preview
from gateway.intake.unknown_fields import unknown_fields
from gateway.model import Circumstances, Config, Event, Source
from gateway.routing.explain import findings_of, to_document
from gateway.routing.plan import plan
from gateway.routing.why_not import complete, rules_of
from gateway.runtime import Runtime
from gateway.store.records import event_document, event_of
from gateway.timing.reactions import react

RULES_ARE_GONE = (
    "this event was planned by the configuration {digest}, whose rules are not kept any more: "
    "what did not apply and which routes did not fire is not known"
)


def explain(runtime: Runtime, source: Source, document: Any, now: datetime, route: str | None = None) -> dict[str, Any]:
    """What `accept` would make of *document*: `{...event, status, config, deliveries, later, explanation}`.

    With the name of a *route*, the explanation leaves out the others.
    Raises: ApiError, StoreUnavailable.
    """
    config = runtime.config.current()
    event = parse(document, source, config, now)
    return explain_event(event, config, circumstances_of(runtime, config, [event.type], now), route)


def explain_event(
    event: Event, config: Config, circumstances: Circumstances, route: str | None = None
) -> dict[str, Any]:
    """What *event* would lead to in these *circumstances*; see `explain`."""
    now = circumstances.now
    event_plan = plan(event, config, circumstances)
    effects = react(event, event_plan, config, now)
    warnings = unknown_fields(event, config)
    findings = (*event_plan.findings, *effects.findings, *map(warning_finding, warnings))
    story = complete(event, findings, rules_of(config), route)
    document = {
        **event_document(event),
        "status": status_of(event, event_plan, config),
        "config": config.digest,
        "deliveries": [
            {
                "target": delivery.target,
                "recipient": config.targets[delivery.target].masked_recipient,
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
        "explanation": to_document(story.findings, story.notes, is_fallback=event_plan.is_fallback),
    }
    return {**document, "warnings": list(warnings)} if warnings else document


def explain_stored(runtime: Runtime, document: Mapping[str, Any], route: str | None = None) -> dict[str, Any]:
    """*document* of a stored event, as `Views.event` has it, with the whole explanation.

    The rules of the configuration that planned the event say what is not stored: why the others got nothing. With the
    name of a *route*, the explanation leaves out the other ones. Raises: StoreUnavailable.
    """
    config, digest, explanation = runtime.config.current(), document["config"], document["explanation"]
    rules = rules_of(config) if digest == config.digest else runtime.rules.of(digest, document["type"])
    if rules is None:
        return {**document, "explanation": {**explanation, "notes": [RULES_ARE_GONE.format(digest=digest)]}}
    event = replace(event_of(document), customer=tuple(rules.customers.get(document["type"], ())))
    story = complete(event, findings_of(explanation), rules, route)
    return {**document, "explanation": to_document(story.findings, story.notes, is_fallback=explanation["fallback"])}
