"""What an event does to the timed events of other types, and why: steps, each with a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.conditions.evaluate import holds
from gateway.durations import describe_span
from gateway.model import Config, Event, Finding, Plan, Reaction, Rollup, Threshold, Timer, Trigger
from gateway.paths import MISSING, format_path, lookup
from gateway.times import moment_of
from gateway.timing.derived import occasion_of
from gateway.timing.facts import STORING, facts_of, field_of, fields_of, is_null, scope_of, timer_keys
from gateway.timing.moments import MOMENT_ITSELF, describe_due, first_look, next_daily
from gateway.timing.operations import (
    AddToRollup,
    CancelTimer,
    Drop,
    FactScope,
    Hold,
    Occasion,
    Refresh,
    Remember,
    RemoveFromRollup,
    ReportThreshold,
    ResumeTimer,
    SetTimer,
    Step,
    UpdateTimer,
)
from gateway.timing.thresholds import Side, side

SIDES = {
    Side.ABOVE: "is above {bound}: armed",
    Side.CROSSED: "is at most {bound}: fires if it was above before",
    Side.BELOW: "is at most {above}, which another event type reports",
    Side.UNKNOWN: "is not a number",
}


PASSING = frozenset({CancelTimer, ResumeTimer, UpdateTimer, RemoveFromRollup, Drop, Refresh})
"""Steps whose findings matter only if they have an effect."""


class Effects(NamedTuple):
    """What an event does to time. *steps* and *findings* have the same length and order."""

    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    occasion: Occasion | None = None
    """Set if the gateway itself may derive events of this event's type."""
    facts: tuple[Remember, ...] = ()
    """What later timers have to know about the subject; stored before the steps are carried out."""

    @property
    def lasting_findings(self) -> tuple[Finding, ...]:
        """The findings to store with the event: those of all steps that are not PASSING."""
        pairs = zip(self.steps, self.findings, strict=True)
        return tuple([finding for step, finding in pairs if type(step) not in PASSING])


NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class MetReactions:
    """The reactions whose condition an event meets."""

    steps: tuple[tuple[Reaction, str], ...]
    """Those that do something, each with the reason as the end of a sentence; a `mention` does nothing else than to
    store facts."""
    facts: tuple[Reaction, ...]
    """Those of the kinds STORING."""


def met_reactions(event: Event, config: Config) -> MetReactions:
    """The reactions to *event*; they are the same for all events that are decided alike."""
    zone = ZoneInfo(config.timezone)
    reactions = config.catalog.reactions.get(event.type, ())
    verdicts = [(reaction, *holds(reaction.when, event, zone)) for reaction in reactions]
    met = [(reaction, f" ({why})" if why else "") for reaction, is_met, why in verdicts if is_met]
    return MetReactions(
        steps=tuple((reaction, reason) for reaction, reason in met if reaction.kind != "mention"),
        facts=tuple(reaction for reaction, _ in met if reaction.kind in STORING),
    )


def react(event: Event, plan: Plan, config: Config, now: datetime, reactions: MetReactions | None = None) -> Effects:
    """What *event*, accepted *now* with the deliveries in *plan*, does to time.

    *reactions* are the reactions to it, if they are already known.
    """
    reactions = met_reactions(event, config) if reactions is None else reactions
    is_delayed = any(planned.delay for planned in plan.deliveries)
    pairs = [_react(event, reaction, reason, config, now) for reaction, reason in reactions.steps]
    pairs += _holds(event, plan, config) if is_delayed else []
    occasion = occasion_of(event, config)
    facts = facts_of(event, reactions.facts, config.catalog) if reactions.facts else ()
    if not (pairs or facts or occasion):
        return NO_EFFECTS
    steps, findings = zip(*pairs, strict=True) if pairs else ((), ())
    return Effects(steps, findings, occasion, tuple(facts))


def _react(event: Event, reaction: Reaction, reason: str, config: Config, now: datetime) -> tuple[Step, Finding]:
    name, subject = reaction.event_type, event.subject or ""
    event_type = config.catalog.events[name]
    is_dated = event.time != now  # an event to which its source gave no time has that of its acceptance
    match reaction.kind:
        case "drop":
            why = f"its held messages are dropped{reason}"
            return Drop(reaction.notification, subject), _finding(reaction.notification, why)
        case "refresh":
            fields = fields_of(event, (event_type.subject or ())[:1])
            why = f"its held messages take this data{reason}"
            return Refresh(reaction.notification, subject, fields), _finding(reaction.notification, why)
        case "update":
            return UpdateTimer(name, subject), _finding(name, f"its timers take this data{reason}")
        case "resume":
            why = f"its suspended timers are set again{reason}"
            return ResumeTimer(name, subject, scope_of(event, event_type), is_dated), _finding(name, why)
    match event_type.timing:
        case Rollup() if reaction.kind == "cancel":
            return RemoveFromRollup(name, subject), _finding(name, f"the subject is closed{reason}")
        case Timer() as timer if reaction.kind in ("cancel", "suspend"):
            key_values = timer_keys(event, timer)
            keys = key_values if any(key_values) else None
            scope = FactScope(name, subject, keys) if keys else scope_of(event, event_type)
            suspends = reaction.kind == "suspend"
            step = CancelTimer(name, subject, keys, scope, is_dated, suspends=suspends)
            return step, _finding(name, f"its timers are {'suspended' if suspends else 'cancelled'}{reason}")
        case timing:
            return _feed(event, name, timing, config, now)


def _feed(
    event: Event, name: str, timing: Timer | Threshold | Rollup | None, config: Config, now: datetime
) -> tuple[Step, Finding]:
    """What *event* gives the *timing* of the event type *name*: a moment, a value, or something that is open."""
    subject = event.subject or ""
    match timing:
        case Timer():
            return _set_timer(event, name, timing, config, now)
        case Threshold():
            lies = side(lookup(event, timing.value), timing)
            above = "" if timing.above is None else f"{timing.above:g}"
            why = f"{format_path(timing.value)} {SIDES[lies].format(bound=f'{timing.at_most:g}', above=above)}"
            return ReportThreshold(name, subject, lies, event.data), _finding(name, why, holds=lies is Side.CROSSED)
        case Rollup():
            next_look = next_daily(now, timing.daily_at, ZoneInfo(config.timezone))
            old = f" once it has been open for {describe_span(timing.older_than)}" if timing.older_than else ""
            why = f"on the list of {timing.daily_at:%H:%M}{old}, until it is closed"
            since = rollup_since(event, timing, config)
            return AddToRollup(name, subject, lookup(event, timing.item), since, next_look), _finding(name, why)
    raise ValueError(f"{name} has no timing to set")


@lru_cache(maxsize=1024)  # most events say the same as others before them, and nobody reads it unless it had an effect
def _finding(name: str, why: str, *, holds: bool = True) -> Finding:
    return Finding("timing", name, holds, why)


def _set_timer(event: Event, name: str, timer: Timer, config: Config, now: datetime) -> tuple[Step, Finding]:
    """The timer with the moment that *event* gives; without one, it keeps its moment."""
    zone = ZoneInfo(config.timezone)
    subject, keys, path = event.subject or "", timer_keys(event, timer), format_path(timer.at)
    scope = scope_of(event, config.catalog.events[name])
    value = lookup(event, timer.at)
    at = moment_of(value, zone, timer.time_of_day)
    if at is not None:
        outcome = ", which has passed: nothing is due"
        if at > now or MOMENT_ITSELF in timer.leads:
            outcome = f": due {', '.join(describe_due(at, lead, zone) for lead in timer.leads)}"
        why = f"{path} is {at.astimezone(zone):%Y-%m-%d %H:%M %Z}{outcome}"
        first = first_look(at, timer.leads, zone)
        return SetTimer(name, subject, keys, at, first, scope, field_of(timer.at)), _finding(name, why)
    if value is MISSING and not is_null(event.data, timer.at):
        why = f"the event does not say {path}: a timer that is set keeps its moment and takes this data"
        return UpdateTimer(name, subject), _finding(name, why)
    why = f"{path} is not a date: no timer" if value is not MISSING else f"there is no {path} any more: no timer"
    # With keys, the moment is a fact of this timer alone: that it has none must not touch the subject's other timers.
    timer_scope = FactScope(name, subject, keys) if timer.keys else scope
    step = CancelTimer(name, subject, keys, timer_scope, event.time != now, cleared_field=field_of(timer.at))
    return step, _finding(name, why, holds=False)


def rollup_since(event: Event, rollup: Rollup, config: Config) -> datetime:
    """Since when the subject of *event* is open: the time in its data, otherwise the time of the event."""
    since = rollup.since and moment_of(lookup(event, rollup.since), ZoneInfo(config.timezone))
    return since or event.time


def _holds(event: Event, plan: Plan, config: Config) -> Iterator[tuple[Step, Finding]]:
    for number, planned in enumerate(plan.deliveries):
        for name in sorted({reason.notification for reason in planned.reasons}) if planned.delay else ():
            notification = config.catalog.notifications.get(name)
            delay = notification.delay if notification else None
            if delay and (delay.cancelled_by or delay.updated_by):
                why = f"{planned.target} gets it in {describe_span(planned.delay)}"
                if delay.cancelled_by:
                    why += f", unless {_either(delay.cancelled_by)} comes first"
                if delay.updated_by:
                    why += f", with what {_either(delay.updated_by)} says until then"
                yield Hold(name, event.subject or "", number, planned.delay), _finding(name, why)


def _either(triggers: Sequence[Trigger]) -> str:
    return " or ".join(sorted({trigger.event_type for trigger in triggers}))
