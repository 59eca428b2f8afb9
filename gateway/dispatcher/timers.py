"""Firing timers: each due one becomes an event like any other, once, however many dispatchers look at it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from gateway.encoding import dumps
from gateway.errors import StoreUnavailable
from gateway.intake.accept import commit, prepare
from gateway.intake.circumstances import circumstances_of
from gateway.intake.parse import id_from_key
from gateway.model import Config, Event, EventType, Rollup, Threshold, Timer
from gateway.runtime import Runtime
from gateway.store.records import PreparedEvent
from gateway.store.stored_timers import StoredTimer, TimerEvaluation
from gateway.timing.derived import derive_event, rollup_data, timer_data
from gateway.timing.facts import declared_only
from gateway.timing.moments import describe_left, next_daily
from gateway.timing.occasions import rollup_occasion, timer_occasion
from gateway.timing.timers import decide

log = logging.getLogger(__name__)

BATCH = 200
"""Timers that fire in one tick of the dispatcher, of each type."""
SMALL_BATCH = 20
"""The same while the lanes that timers feed are behind: fresh events must not wait for old plans."""
BEHIND = 500
"""Due deliveries in one lane."""
MAX_ITEMS = 1_000
"""In a rollup."""


class TimerRunner:
    """Fires what is due; remembers which lanes it fed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._fed: frozenset[str] = frozenset()
        self._has_warned = False

    def tick(self, config: Config) -> int:
        """Looks at the timers that are due, and fires them; how many there were. Raises: StoreUnavailable."""
        timed = [event_type.name for event_type in config.catalog.events.values() if event_type.timing is not None]
        if not timed:
            return 0
        overload = self._runtime.admission.overload
        if overload is not None:  # timers wait as posted events do: they are late then, and not lost
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
                evaluation, event = self._look(timer, config, now)
                if event is None:
                    evaluations.append(evaluation)
                    continue
                circumstances = circumstances_of(self._runtime, config, [event.type], now)
                # The id as the fingerprint: two events of one occasion are the same, whatever they know.
                events.append(prepare(event, config, circumstances, f"made-{event.id}", evaluation=evaluation))
            except StoreUnavailable:
                raise
            except Exception:  # one timer that cannot be read must not stop the others
                log.exception("timer %s of %s cannot be looked at", timer.id, timer.event_type)
        self._runtime.timers.advance(evaluations)
        commit(self._runtime, events)
        self._fed = frozenset(planned.lane for event in events for planned in event.plan.deliveries)
        return len(due)

    def _look(self, timer: StoredTimer, config: Config, now: datetime) -> tuple[TimerEvaluation, Event | None]:
        """What a look at *timer* leads to, and the event that it makes now, if it makes one."""
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
                return self._look_at_rollup(timer, event_type, rollup, config, now)
            case Threshold():
                return TimerEvaluation(timer, None, now), _derive(timer, event_type, timer.data, now, timer.id)
            case None:
                raise AssertionError(f"{event_type.name} is not timed")

    def _look_at_rollup(
        self, timer: StoredTimer, event_type: EventType, rollup: Rollup, config: Config, now: datetime
    ) -> tuple[TimerEvaluation, Event | None]:
        timers = self._runtime.timers
        items = timers.gathered(timer, now - rollup.older_than, MAX_ITEMS)
        is_open = bool(items) or timers.is_gathering(timer)
        next = next_daily(now, rollup.daily_at, ZoneInfo(config.timezone)) if is_open else None
        sizes = accumulate(len(dumps(item).encode()) + 1 for item in items)
        max_bytes = self._runtime.settings.max_event_bytes
        shown = [item for item, size in zip(items, sizes, strict=True) if size <= max_bytes]
        if len(shown) < len(items):
            log.warning("a rollup of %d items is too large for an event: it shows %d", len(items), len(shown))
        occasion = rollup_occasion(event_type.name, rollup, now, shown, config)
        evaluation = TimerEvaluation(timer, next, now, occasion)
        if not shown:
            return evaluation, None
        # The day alone makes the id: two dispatchers may see different items, and only one may send.
        return evaluation, _derive(timer, event_type, rollup_data(rollup, shown), now, occasion.marks[0])


def _derive(
    timer: StoredTimer, event_type: EventType, data: Mapping[str, object], now: datetime, *marks: str, lead: str = ""
) -> Event:
    """The event of the occasion of *timer* with these *marks*: it has the same id whoever makes it, and whenever."""
    id = id_from_key("\0".join([timer.source, timer.event_type, timer.subject, *marks]))
    return derive_event(event_type, timer.source, timer.subject, data, now, id, lead)
