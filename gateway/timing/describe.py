"""Descriptions of time: of the timing of an event type, and of when and why a timer fires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.durations import describe_span
from gateway.model import ALWAYS, Catalog, Config, EventType, Notification, Rollup, Threshold, Timer, Trigger
from gateway.paths import format_path
from gateway.timing.moments import before, describe_lead


def describe_timing(event_type: EventType, catalog: Catalog) -> str | None:
    """`made by the gateway 15 min before ticket.due_at, which ticket.due_set tells`; None if sources post the event."""
    match event_type.timing:
        case Timer(leads=leads, at=at, set_by=set_by, cancelled_by=cancelled_by):
            when = " and ".join(describe_lead(lead) for lead in leads)
            text = f"{when} {format_path(at)}, which {_names(set_by, catalog)} tells"
            text = text.replace("at the moment itself ", "at ")
        case Threshold(value=value, at_most=bound, set_by=set_by):
            text, cancelled_by = f"when {format_path(value)} of {_names(set_by, catalog)} falls to {bound:g}", ()
        case Rollup(daily_at=hour, set_by=set_by, older_than=age, cancelled_by=cancelled_by):
            old = f" {describe_span(age)} ago or longer" if age else ""
            text = f"daily at {hour:%H:%M} of what {_names(set_by, catalog)} opened{old}"
        case None:
            return "a fact: it feeds the timing of other event types" if event_type.is_fact else None
    unless = f", unless {_names(cancelled_by, catalog)} comes first" if cancelled_by else ""
    return f"made by the gateway {text}{unless}"


def describe_notification_timing(notification: Notification, catalog: Catalog) -> str | None:
    """`held 5 min, unless invoice.voided comes first`; None if the notification has neither delay nor presence."""
    parts = []
    if notification.delay:
        delay = notification.delay
        unless = f", unless {_names(delay.cancelled_by, catalog)} comes first" if delay.cancelled_by else ""
        newer = f", with what {_names(delay.updated_by, catalog)} says until then" if delay.updated_by else ""
        parts.append(f"held {describe_span(delay.wait)}{unless}{newer}")
    if notification.presence:
        parts.append(f"for people who are {notification.presence.value}")
    return "; ".join(parts) or None


def _names(triggers: Sequence[Trigger], catalog: Catalog) -> str:
    """The event types of *triggers*; for a trigger with a condition, the notification with the same condition.

    If no notification has it, the text says `a certain` event of the type.
    """
    names = []
    for trigger in triggers:
        rows = catalog.events[trigger.event_type].notifications if trigger.when != ALWAYS else ()
        certain = trigger.event_type if trigger.when == ALWAYS else f"a certain {trigger.event_type}"
        names.append(next((row.id for row in rows if row.when == trigger.when), certain))
    return " or ".join(dict.fromkeys(names))


def why_it_fires(event_type: str, at: datetime, next_look: datetime, config: Config) -> str:
    """`15 min before ticket.due_at, which is 2026-11-24 17:00 MST`; *at* is the timer's moment."""
    definition = config.catalog.events.get(event_type)
    zone = ZoneInfo(config.timezone)
    match definition.timing if definition else None:
        case Timer() as timer:
            # The catalogue may have changed since the look was planned; then it serves the next lead.
            lead = next((lead for lead in timer.leads if before(at, lead, zone) >= next_look), timer.leads[-1])
            counted = f" (by {lead.working})" if lead.working else ""
            local = f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
            return f"{describe_lead(lead)} {format_path(timer.at)}{counted}, which is {local}"
        case Threshold() as threshold:
            return f"{format_path(threshold.value)} fell to {threshold.at_most:g}"
        case Rollup() as rollup:
            return f"all that is open, daily at {rollup.daily_at:%H:%M}"
        case None:
            return "nothing: the catalogue does not time this event type any more"
