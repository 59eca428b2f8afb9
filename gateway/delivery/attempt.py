"""One attempt at a delivery: render the message, send it, and decide the delivery's next state."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway import retry
from gateway.delivery import next_state
from gateway.errors import TemplateFailed
from gateway.memo import memoize_small
from gateway.messages import templates
from gateway.messages.variants import template_for
from gateway.messages.visibility import hidden_from, without
from gateway.model import (
    Attempt,
    Brand,
    Config,
    EventType,
    FailureReason,
    Lookup,
    Message,
    MessageTemplate,
    Path,
    SendResult,
    StaffField,
    Target,
    Words,
)
from gateway.sending.traits import names_of
from gateway.sending.webhook import EventContent, EventSource
from gateway.store.records import DeliveryResult, Lease, decode_event

log = logging.getLogger(__name__)

CONFIGURATIONS_DIFFER_FOR = timedelta(minutes=5)
"""After a change of the files, how long a process or host may still use the previous configuration."""


class Sends(Protocol):
    """The part of `sending.sender.Sender` that an attempt needs."""

    def send(
        self, target: Target, message: Message, delivery_id: str, event: EventSource | None = None
    ) -> SendResult: ...


def attempt(lease: Lease, config: Config, sender: Sends, time_scale: float) -> DeliveryResult:
    """The result of an attempt at the leased delivery. Raises nothing: a failure of the gateway itself is
    a result too."""
    started, began = datetime.now(UTC), time.perf_counter()
    try:
        result = _try(lease, config, sender)
    except (Exception, SystemExit):  # a plugin may raise anything
        ids = {"delivery": lease.id, "target": lease.target}
        log.exception("delivery %s to %s failed inside the gateway", lease.id, lease.target, extra=ids)
        result = SendResult(FailureReason.INTERNAL, detail="the gateway failed; its log says how")
    done = Attempt(lease.attempt, started, time.perf_counter() - began, result)
    lane = config.lanes.get(lease.lane)
    waits = lane.retries if lane and lane.retries is not None else retry.STANDARD
    target = config.targets.get(lease.target)
    service = target.address.kind if target else "unknown"
    return next_state.decide(lease, done, waits, random.uniform(-1, 1), time_scale, service)


def _try(lease: Lease, config: Config, sender: Sends) -> SendResult:
    # What *config* lacks was either removed, or is so new that this process has not loaded it yet.
    is_late = datetime.now(UTC) - lease.accepted > CONFIGURATIONS_DIFFER_FOR
    is_removed = is_late or config.read_at > lease.accepted
    target = config.targets.get(lease.target)
    if target is None:
        # The place may have been removed, or its recipients may have changed.
        contacts = (contact for person in config.people.values() for contact in person.contacts.values())
        places = {place.name for place in (*config.channels.values(), *contacts)}
        place = lease.target.rpartition("/")[0]
        detail = "the configuration has no such target any more"
        if lease.target in places:
            detail = f"{lease.target} has several recipients now, each with deliveries of its own; "
            detail += "this message was planned for one"
        elif place in places:
            detail = f"the recipient is no longer among those of {place}"
        return SendResult(FailureReason.UNKNOWN_TARGET, is_removed, detail=detail)
    event_type = config.catalog.events.get(_event(lease.event).type) if lease.event else None
    if event_type is None:
        is_permanent = is_removed or not lease.event
        return SendResult(FailureReason.TEMPLATE, is_permanent, detail="its event or event type is gone")
    try:
        return send_message(lease, target, event_type, config, sender, datetime.now(UTC))
    except TemplateFailed as exc:
        return SendResult(FailureReason.TEMPLATE, True, detail=str(exc)[:300])


def send_message(
    lease: Lease, target: Target, event_type: EventType, config: Config, sender: Sends, now: datetime
) -> SendResult:
    """Renders the message of the lease for *target* as of *now*, and gives it to *sender*.

    Raises: TemplateFailed.
    """
    reasons = tuple(reason.text for reason in lease.reasons)
    hidden = hidden_from(target, event_type)
    this_minute = now.replace(second=0, microsecond=0)
    zone, lookups = config.zone_of(target), tuple(config.lookups.values())
    customer, locale = event_type.customer, config.locale_of(target)
    language = config.language_of(target)
    category_title = config.catalog.categories[event_type.category].title_in(language)
    source = config.sources.get(_event(lease.event).source)
    message = _message(
        lease.event,
        _template(event_type.message_in(language), target, lease, config),
        reasons,
        zone,
        hidden,
        this_minute,
        lookups,
        customer,
        category_title,
        locale,
        ".".join(event_type.subject or ()),
        config.brand,
        source.reply_to if source else "",
        config.words_of(target),
    )

    def content() -> EventContent:
        return EventContent(without(_event(lease.event), hidden), lease.reasons)

    return sender.send(target, message, lease.id, content)


def _template(template: MessageTemplate, target: Target, lease: Lease, config: Config) -> MessageTemplate:
    """*template* adapted to *target*. If several routes change it, the first one in the files decides."""
    routes = {reason.route for reason in lease.reasons} if config.route_messages else ()
    of_route = next((changes for name, changes in config.route_messages.items() if name in routes), None)
    if of_route is None and not template.variants:
        return template
    kind = target.name.split("/")[1] if target.person else ""
    return template_for(template, of_route, names_of(target.address.kind, kind))


_event = memoize_small(len)(decode_event)


@memoize_small(len)
def _message(
    event: str,
    template: MessageTemplate,
    reasons: tuple[str, ...],
    timezone: str,
    hidden: tuple[StaffField, ...],
    now: datetime,
    lookups: tuple[Lookup, ...],
    customer: tuple[Path, ...],
    category_title: str,
    locale: str,
    subject_kind: str,
    brand: Brand,
    reply_to: str,
    words: Words,
) -> Message:
    """The message of an event for everybody who gets it for the same *reasons* and may not see *hidden*.

    Raises: TemplateFailed.
    """
    zone = ZoneInfo(timezone) if timezone else None
    visible = replace(without(_event(event), hidden), customer=customer)
    return templates.render(
        template, visible, reasons, zone, now, lookups, category_title, locale, subject_kind, brand, reply_to, words
    )
