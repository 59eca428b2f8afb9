"""Fires timers: each due one becomes an event like any other, and only once, however many dispatchers evaluate it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.encoding import uuid_of
from gateway.errors import StoreUnavailable
from gateway.intake.accept import commit, prepare
from gateway.intake.planning import circumstances_of
from gateway.model import Config, Event, EventType, Rollup, Threshold, Timer
from gateway.runtime import Runtime
from gateway.store.records import PreparedEvent
from gateway.store.timers import StoredTimer, TimerEvaluation
from gateway.timing.derived import derive_event, rollup_data, rollup_occasion, timer_data, timer_occasion
from gateway.timing.facts import declared_only
from gateway.timing.moments import decide, describe_left, next_daily

log = logging.getLogger(__name__)

BATCH = 200
"""How many timers of each type fire in one tick of the dispatcher."""
SMALL_BATCH = 20
"""The same while the lanes that timers feed are behind: new events must not wait behind old plans."""
BEHIND = 500
"""A lane with this many due deliveries is behind."""


class TimerRunner:
    """Fires due timers, and remembers which lanes they fed.

    A due timer is reserved for this dispatcher for ten seconds; if it dies, another dispatcher takes the timer after
    that. Evaluations that make no event are stored together. An event is committed together with the timer's next
    evaluation time, and only if the timer has not been set again in between. So a crash or a repetition here does no
    harm.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._fed: frozenset[str] = frozenset()
        self._has_warned = False

    def tick(self, config: Config) -> int:
        """Evaluates and fires the timers that are due; returns how many there were. Raises: StoreUnavailable."""
        timed = [event_type.name for event_type in config.catalog.events.values() if event_type.timing is not None]
        if not timed:
            return 0
        overload = self._runtime.admission.overload
        if overload is not None:  # timers wait like posted events; they are late then, but not lost
            if not self._has_warned:
                log.warning("timers wait: %s", overload)
            self._has_warned = True
            return 0
        self._has_warned = False
        is_behind = bool(self._fed) and max(self._runtime.ledger.due_counts(sorted(self._fed))) > BEHIND
        now, due = self._runtime.timers.due(timed, SMALL_BATCH if is_behind else BATCH)
        events: list[PreparedEvent] = []
        evaluations: list[TimerEvaluation] = []
        for timer in due:
            try:
                evaluation, event = self._evaluate(timer, config, now)
                if event is None:
                    evaluations.append(evaluation)
                    continue
                circumstances = circumstances_of(self._runtime, config, [event.type], now)
                # The id is the fingerprint: two events of one occasion count as the same even if their data differ.
                events.append(prepare(event, config, circumstances, f"made-{event.id}", evaluation=evaluation))
            except StoreUnavailable:
                raise
            except Exception:  # one timer that cannot be read must not stop the others
                log.exception("evaluating the timer %s of %s failed", timer.id, timer.event_type)
        self._runtime.timers.advance(evaluations)
        commit(self._runtime, events)
        # Looked at in the next tick: these are the lanes that a flood of timers would fill.
        self._fed = frozenset(planned.lane for event in events for planned in event.plan.deliveries)
        return len(due)

    def _evaluate(self, timer: StoredTimer, config: Config, now: datetime) -> tuple[TimerEvaluation, Event | None]:
        """When *timer* must be evaluated next, and the event that it makes now, if any."""
        event_type, zone = config.catalog.events[timer.event_type], ZoneInfo(config.timezone)
        match event_type.timing:
            case Timer() as timing:
                decision = decide(timer.at, timing.leads, timer.looked_at, now, zone)
                if decision.lead is None:
                    return TimerEvaluation(timer, decision.next, now), None
                occasion = timer_occasion(event_type.name, timer.subject, timer.keys, timer.at, decision.lead)
                data = timer_data(timing, declared_only(timer.data, event_type, config.catalog), decision.lead)
                event = _derive(timer, event_type, data, now, *occasion.marks, lead=describe_left(timer.at, now, zone))
                return TimerEvaluation(timer, decision.next, now, occasion), event
            case Rollup() as rollup:
                max_bytes = self._runtime.settings.max_event_bytes
                items, is_open = self._runtime.timers.gathered(timer, now - rollup.older_than, max_bytes)
                next = next_daily(now, rollup.daily_at, zone) if is_open else None
                occasion = rollup_occasion(event_type.name, rollup, now, items, config)
                evaluation = TimerEvaluation(timer, next, now, occasion)
                if not items:
                    return evaluation, None
                # Two dispatchers may see different items of a timer, and only one may send. So the id is made not of
                # the items, but of the day, the timer and its last evaluation, which both have read.
                look_before = timer.looked_at.isoformat() if timer.looked_at else ""
                marks = (occasion.marks[0], timer.version, look_before)
                return evaluation, _derive(timer, event_type, rollup_data(rollup, items), now, *marks)
            case Threshold():
                return TimerEvaluation(timer, None, now), _derive(timer, event_type, timer.data, now, timer.id)
            case None:
                raise AssertionError(f"{event_type.name} is not timed")


def _derive(
    timer: StoredTimer, event_type: EventType, data: Mapping[str, object], now: datetime, *marks: str, lead: str = ""
) -> Event:
    """The event of the occasion of *timer* with these *marks*: it has the same id whoever makes it, and whenever."""
    id = uuid_of(timer.source, timer.event_type, timer.subject, *marks)
    return derive_event(event_type, timer.source, timer.subject, data, now, id, lead)
