"""Explains what an event would lead to, or has led to, and why. Nothing is stored or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.intake.accept import status_of, warning_finding
from gateway.intake.parse import parse
from gateway.intake.planning import circumstances_of
from gateway.intake.unknown_fields import unknown_fields
from gateway.model import Circumstances, Config, Event, Source, Timer
from gateway.routing.explain import findings_of, to_document
from gateway.routing.plan import plan
from gateway.routing.why_not import complete, rules_of
from gateway.runtime import Runtime
from gateway.store.records import event_document, event_of
from gateway.timing.derived import derive_event, timer_data
from gateway.timing.facts import declared_only
from gateway.timing.moments import before, decide, describe_lead, describe_left
from gateway.timing.operations import ReportThreshold, SetTimer, Step
from gateway.timing.reactions import react
from gateway.timing.thresholds import Side

RULES_ARE_GONE = (
    "this event was planned by the configuration {digest}, whose rules are not kept any more, "
    "so it is not known which routes did not fire and what else did not apply"
)


def explain(runtime: Runtime, source: Source, document: Any, now: datetime, route: str | None = None) -> dict[str, Any]:
    """What `accept` would make of *document*: `{...event, status, config, deliveries, later, explanation}`.

    With the name of a *route*, the explanation leaves out all other routes.

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
        "later": later_events(event, effects.steps, config, now),
        "explanation": to_document(story.findings, story.notes, is_fallback=event_plan.is_fallback),
    }
    return {**document, "warnings": list(warnings)} if warnings else document


def later_events(event: Event, steps: Sequence[Step], config: Config, now: datetime) -> list[dict[str, Any]]:
    """`[{type, time, lead, targets: [name], reasons: [text]}]`, soonest first, for what *event* sets or fires."""
    derived = [pair for step in steps for pair in _derived(event, step, config, now)]
    documents = []
    for later, when in sorted(derived, key=lambda pair: pair[0].time):
        deliveries = plan(later, config).deliveries
        documents.append(
            {
                "type": later.type,
                "time": later.time.isoformat(timespec="seconds"),
                "lead": when,
                "targets": [delivery.target for delivery in deliveries],
                "reasons": list(dict.fromkeys(reason.text for delivery in deliveries for reason in delivery.reasons)),
            }
        )
    return documents


def _derived(event: Event, step: Step, config: Config, now: datetime) -> Iterator[tuple[Event, str]]:
    """(event that the gateway will make, when in words)."""
    match step:
        case ReportThreshold(side=Side.CROSSED):
            event_type = config.catalog.events[step.event_type]
            later = derive_event(event_type, event.source, step.subject, step.data, now, "")
            yield later, "at once, unless it has before"
        case SetTimer():
            event_type = config.catalog.events[step.event_type]
            timer, zone = event_type.timing, ZoneInfo(config.timezone)
            if not isinstance(timer, Timer):
                return
            facts = declared_only(event.data, event_type, config.catalog)
            at_once = decide(step.at, timer.leads, None, now, zone).lead
            for lead in timer.leads:
                time = before(step.at, lead, zone)
                if time <= now and lead != at_once:  # of the leads whose time has passed, only the shortest fires
                    continue
                time = max(time, now)
                left = describe_left(step.at, time, zone)
                data = timer_data(timer, facts, lead)
                yield derive_event(event_type, event.source, step.subject, data, time, "", left), describe_lead(lead)


def explain_stored(runtime: Runtime, document: Mapping[str, Any], route: str | None = None) -> dict[str, Any]:
    """*document*, a stored event as `Views.event` returns it, with the complete explanation.

    What is not stored, namely why other routes and people got nothing, is derived from the rules of the configuration
    that planned the event. With the name of a *route*, the explanation leaves out all other routes.

    Raises: StoreUnavailable.
    """
    config, digest, explanation = runtime.config.current(), document["config"], document["explanation"]
    rules = rules_of(config) if digest == config.digest else runtime.rules.of(digest, document["type"])
    if rules is None:
        return {**document, "explanation": {**explanation, "notes": [RULES_ARE_GONE.format(digest=digest)]}}
    event = replace(event_of(document), customer=tuple(rules.customers.get(document["type"], ())))
    story = complete(event, findings_of(explanation), rules, route)
    return {**document, "explanation": to_document(story.findings, story.notes, is_fallback=explanation["fallback"])}
