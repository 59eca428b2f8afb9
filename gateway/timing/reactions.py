"""What an event does to the timed events of other types, and why: steps, with a finding for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds
from gateway.model import Config, Event, Finding, Lead, Path, Plan, Reaction, Rollup, Threshold, Timer
from gateway.paths import MISSING, format_path, lookup
from gateway.times import moment_of
from gateway.timing.moments import describe_lead, describe_span, last_daily, next_daily
from gateway.timing.operations import (
    AddToRollup,
    CancelTimer,
    Drop,
    Hold,
    Occasion,
    RemoveFromRollup,
    ReportThreshold,
    SetTimer,
    Step,
    UpdateTimer,
)
from gateway.timing.thresholds import Side, side
from gateway.timing.timers import first_look, nearest_lead

SIDES = {
    Side.ABOVE: "is above {bound}: armed",
    Side.CROSSED: "is at most {bound}: fires, unless it has already",
    Side.BELOW: "is at most {above}: another event tells of that",
    Side.UNKNOWN: "is no number",
}


@dataclass(frozen=True, slots=True)
class Effects:
    """What an event does to time: *steps* and *findings* of one length, in the same order."""

    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    occasion: Occasion | None = None
    """Set, when the gateway itself makes events of this one's type as well."""

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings to keep with the event; those of the others are of interest when they have come true."""
        pairs = zip(self.steps, self.findings, strict=True)
        return tuple(
            one for step, one in pairs if not isinstance(step, CancelTimer | UpdateTimer | RemoveFromRollup | Drop)
        )


NOTHING = Effects()


MetReactions = tuple[tuple[Reaction, str], ...]
"""Reactions whose condition an event meets, each with the reason, ready to end a sentence."""


def met_reactions(event: Event, config: Config) -> MetReactions:
    """The reactions to *event*; the same for all events that are decided alike."""
    verdicts = (
        (one, holds(one.when, event, ZoneInfo(config.timezone))) for one in config.catalog.reactions.get(event.type, ())
    )
    return tuple((one, f" ({why})" if why else "") for one, (does, why) in verdicts if does)


def react(event: Event, plan: Plan, config: Config, now: datetime, reactions: MetReactions | None = None) -> Effects:
    """What *event*, whose deliveries *plan* has and which is accepted *now*, does to time.

    *reactions* are those to it, where they are known already.
    """
    reactions = met_reactions(event, config) if reactions is None else reactions
    is_delayed = any(planned.delay for planned in plan.deliveries)
    if not reactions and config.catalog.events[event.type].timing is None and not is_delayed:
        return NOTHING
    pairs = [_react(event, reaction, reason, config, now) for reaction, reason in reactions]
    pairs += _holds(event, plan, config) if is_delayed else []
    return Effects(tuple(step for step, _ in pairs), tuple(finding for _, finding in pairs), _occasion(event, config))


def _react(event: Event, reaction: Reaction, reason: str, config: Config, now: datetime) -> tuple[Step, Finding]:
    name, subject = reaction.event_type, event.subject or ""
    if reaction.kind == "drop":
        dropped = f"dropped while it is held{reason}"
        return Drop(reaction.notification, subject), _finding(reaction.notification, dropped)
    if reaction.kind == "update":
        return UpdateTimer(name, subject, event.type, event.data), _finding(name, f"its timers take this data{reason}")
    timing = config.catalog.events[name].timing
    if reaction.kind == "cancel":
        if isinstance(timing, Rollup):
            return RemoveFromRollup(name, subject), _finding(name, f"the subject is closed{reason}")
        keys = _told_keys(event, timing) if isinstance(timing, Timer) else None
        return CancelTimer(name, subject, keys), _finding(name, f"its timers are cancelled{reason}")
    match timing:
        case Timer():
            return _set_timer(event, name, timing, config)
        case Threshold():
            return _cross(event, name, timing)
        case Rollup():
            return _open(event, name, timing, config, now)
    raise ValueError(f"{name} has no timing to set")


def _finding(name: str, why: str, *, holds: bool = True) -> Finding:
    return Finding("timing", name, holds, why)


def _set_timer(event: Event, name: str, timer: Timer, config: Config) -> tuple[Step, Finding]:
    zone = ZoneInfo(config.timezone)
    subject, keys = event.subject or "", _keys(event, timer.keys)
    value = lookup(event, timer.at)
    at = moment_of(value, zone, timer.time_of_day)
    if at is None:
        said = f"there is no {format_path(timer.at)}" if value is MISSING else f"{format_path(timer.at)} is no date"
        return CancelTimer(name, subject, keys), _finding(name, f"{said}: no timer", holds=False)
    leads = ", ".join(describe_lead(lead) for lead in timer.leads)
    why = f"{format_path(timer.at)} is {at.astimezone(zone):%Y-%m-%d %H:%M %Z}: due {leads}"
    return SetTimer(name, subject, keys, at, first_look(at, timer.leads, zone), event.data), _finding(name, why)


def _keys(event: Event, paths: tuple[Path, ...]) -> tuple[str, ...]:
    values = (lookup(event, path) for path in paths)
    return tuple("" if value is MISSING else str(value) for value in values)


def _told_keys(event: Event, timer: Timer) -> tuple[str, ...] | None:
    """Which of a subject's timers *event* is about; None: all of them."""
    keys = _keys(event, timer.keys)
    return keys if keys and all(keys) else None


def _cross(event: Event, name: str, threshold: Threshold) -> tuple[Step, Finding]:
    lies = side(lookup(event, threshold.value), threshold)
    words = SIDES[lies].format(bound=_plain(threshold.at_most), above=_plain(threshold.above))
    finding = _finding(name, f"{format_path(threshold.value)} {words}", holds=lies is Side.CROSSED)
    return ReportThreshold(name, event.subject or "", lies, event.data), finding


def _plain(bound: float | None) -> str:
    return f"{bound:g}" if bound is not None else ""


def _open(event: Event, name: str, rollup: Rollup, config: Config, now: datetime) -> tuple[Step, Finding]:
    next_look = next_daily(now, rollup.daily_at, ZoneInfo(config.timezone))
    old = f" once it has been open for {describe_span(rollup.older_than)}" if rollup.older_than else ""
    why = f"on the list of {rollup.daily_at:%H:%M}{old}, until it is closed"
    return AddToRollup(name, event.subject or "", lookup(event, rollup.item), event.time, next_look), _finding(
        name, why
    )


def _holds(event: Event, plan: Plan, config: Config) -> Iterator[tuple[Step, Finding]]:
    for number, planned in enumerate(plan.deliveries):
        for name in sorted({reason.notification for reason in planned.reasons}) if planned.delay else ():
            notification = config.catalog.notifications.get(name)
            if notification and notification.delay and notification.delay.cancelled_by:
                causes = " or ".join(sorted({one.event_type for one in notification.delay.cancelled_by}))
                why = f"{planned.target} hears of it in {describe_span(planned.delay)}, unless {causes} comes first"
                yield Hold(name, event.subject or "", number, planned.delay), _finding(name, why)


def _occasion(event: Event, config: Config) -> Occasion | None:
    """The occasion that an event posted by a source tells of, when the gateway might tell of it as well."""
    timing = config.catalog.events[event.type].timing
    subject, zone = event.subject or "", ZoneInfo(config.timezone)
    if isinstance(timing, Threshold):
        return Occasion(event.type, subject, (), is_threshold=True)
    if isinstance(timing, Rollup):
        return rollup_occasion(event.type, timing, event.time, config)
    if not isinstance(timing, Timer):
        return None
    value = lookup(event, timing.at)
    at = moment_of(value, zone, timing.time_of_day)
    if at is None:
        return None
    told = lookup(event, timing.lead_into) if timing.lead_into else MISSING
    lead = next((one for one in timing.leads if one.days == told), None)
    lead = lead or nearest_lead(at, timing.leads, event.time, zone)
    return timer_occasion(event.type, subject, _keys(event, timing.keys), at, lead)


def timer_occasion(event_type: str, subject: str, keys: tuple[str, ...], at: datetime, lead: Lead) -> Occasion:
    """The occasion of a timer of the moment *at*, which counts to the second, and a lead."""
    return Occasion(event_type, subject, (*keys, f"{at:%Y-%m-%dT%H:%M:%SZ}", describe_lead(lead)))


def rollup_occasion(event_type: str, rollup: Rollup, now: datetime, config: Config) -> Occasion:
    """The occasion of the last time of day at which the rollup was due."""
    last = last_daily(now, rollup.daily_at, ZoneInfo(config.timezone))
    return Occasion(event_type, "", (f"{last:%Y-%m-%d}",))
