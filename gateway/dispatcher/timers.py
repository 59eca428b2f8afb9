"""Firing timers: each due one becomes an event like any other, once, however many dispatchers look at it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.encoding import dumps
from gateway.errors import Overloaded, StoreUnavailable
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
        self._told = False

    def tick(self, config: Config) -> int:
        """Looks at the timers that are due, and fires them; how many there were. Raises: StoreUnavailable."""
        timed = [one.name for one in config.catalog.events.values() if one.timing is not None]
        if not timed or self._is_overloaded():
            return 0
        now, due = self._runtime.timers.due(timed, self._batch())
        acceptances: list[PreparedEvent] = []
        looks: list[TimerEvaluation] = []
        for timer in due:
            try:
                found = self._look(timer, config, now)
            except StoreUnavailable:
                raise
            except Exception:  # one timer that cannot be read must not stop the others
                log.exception("timer %s of %s cannot be looked at", timer.id, timer.event_type)
                continue
            if isinstance(found, TimerEvaluation):
                looks.append(found)
            else:
                acceptances.append(found)
        self._runtime.timers.advance(looks)
        commit(self._runtime, acceptances)
        self._fed = frozenset(one.lane for item in acceptances for one in item.plan.deliveries)
        return len(due)

    def _is_overloaded(self) -> bool:
        """Whether timers wait as other events do; they are late then, and not lost."""
        try:
            self._runtime.admission.check()
        except Overloaded as exc:
            if not self._told:
                log.warning("timers wait: %s", exc.why)
            self._told = True
            return True
        self._told = False
        return False

    def _batch(self) -> int:
        is_behind = bool(self._fed) and max(self._runtime.ledger.due_counts(sorted(self._fed))) > BEHIND
        return SMALL_BATCH if is_behind else BATCH

    def _look(self, timer: StoredTimer, config: Config, now: datetime) -> TimerEvaluation | PreparedEvent:
        """The event that *timer* makes now, ready to be committed with the look at it; else the look alone."""
        look, event = self._decided(timer, config, now)
        if event is None:
            return look
        circumstances = circumstances_of(self._runtime, config, [event.type], now)
        return prepare(event, config, circumstances, _fingerprint(event), evaluation=look)

    def _decided(self, timer: StoredTimer, config: Config, now: datetime) -> tuple[TimerEvaluation, Event | None]:
        event_type = config.catalog.events[timer.event_type]
        match event_type.timing:
            case Timer() as timing:
                return _look_at_timer(timer, event_type, timing, config, now)
            case Rollup() as rollup:
                return self._look_at_rollup(timer, event_type, rollup, config, now)
            case Threshold():
                return TimerEvaluation(timer, None, now), _made(timer, event_type, timer.data, now, timer.id)
            case None:
                raise AssertionError(f"{event_type.name} is not timed")

    def _look_at_rollup(
        self, timer: StoredTimer, event_type: EventType, rollup: Rollup, config: Config, now: datetime
    ) -> tuple[TimerEvaluation, Event | None]:
        timers = self._runtime.timers
        items = timers.gathered(timer, now - rollup.older_than, MAX_ITEMS)
        is_open = bool(items) or timers.is_gathering(timer)
        zone = ZoneInfo(config.timezone)
        next = next_daily(now, rollup.daily_at, zone) if is_open else None
        shown = _fitting(items, self._runtime.settings.max_event_bytes)
        occasion = rollup_occasion(event_type.name, rollup, now, shown, config)
        evaluation = TimerEvaluation(timer, next, now, occasion)
        if not shown:
            return evaluation, None
        # The day alone makes the id: two dispatchers may see different items, and only one may send.
        return evaluation, _made(timer, event_type, rollup_data(rollup, shown), now, occasion.marks[0])


def _look_at_timer(
    timer: StoredTimer, event_type: EventType, timing: Timer, config: Config, now: datetime
) -> tuple[TimerEvaluation, Event | None]:
    decision = decide(timer.at, timing.leads, timer.looked_at, now, ZoneInfo(config.timezone))
    if decision.lead is None:
        return TimerEvaluation(timer, decision.next, now), None
    occasion = timer_occasion(event_type.name, timer.subject, timer.keys, timer.at, decision.lead)
    data = timer_data(timing, declared_only(timer.data, event_type, config.catalog), decision.lead)
    left = describe_left(timer.at, now, ZoneInfo(config.timezone))
    made = _made(timer, event_type, data, now, *occasion.marks, lead=left)
    return TimerEvaluation(timer, decision.next, now, occasion), made


def _made(
    timer: StoredTimer, event_type: EventType, data: Mapping[str, object], now: datetime, *marks: str, lead: str = ""
) -> Event:
    """The event of the occasion of *timer* with these *marks*: it has the same id whoever makes it, and whenever."""
    id = id_from_key("\0".join([timer.source, timer.event_type, timer.subject, *marks]))
    return derive_event(event_type, timer.source, timer.subject, data, now, id, lead)


def _fitting(items: Sequence[object], most_bytes: int) -> list[object]:
    """The first of *items*, as many as one event can hold."""
    shown: list[object] = []
    size = 0
    for item in items:
        size += len(dumps(item).encode()) + 1
        if size > most_bytes:
            log.warning("a rollup of %d items is too large for an event: it shows %d", len(items), len(shown))
            break
        shown.append(item)
    return shown


def _fingerprint(event: Event) -> str:
    """The id says all: two events of one occasion are the same, whatever they know."""
    return f"made-{event.id}"
