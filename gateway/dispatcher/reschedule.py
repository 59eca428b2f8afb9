"""Applies a changed configuration to the timers that are already set: new leads and hours count for them too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.encoding import digest
from gateway.model import Config, Rollup, Timer
from gateway.runtime import Runtime
from gateway.timing.moments import next_daily, next_look

SETTLED_S = 3.0
"""How long after a reload every process is sure to set timers by the new configuration."""


class Rescheduler:
    """Moves timers whose times of evaluation have changed with the configuration, some hundred in each tick.

    There may be a million timers, and the dispatcher has other work. So the work is a generator that moves one page in
    each tick; a further change of the configuration replaces it by a new one, which starts from the beginning. For each
    event type, the ledger stores by which configuration its timers were set, so that a restarted or second dispatcher
    knows what is left to do. Two dispatchers doing the same work do no harm.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._config: Config | None = None
        self._begins = 0.0
        self._work: Iterator[None] = iter(())

    def tick(self, config: Config) -> None:
        """Raises: StoreUnavailable; the timers that were not reached are moved later."""
        if config is not self._config:
            # Not directly after a reload: another process might still set a timer by the old configuration after its
            # page was read. When this process has just started, there was no reload.
            self._begins = time.monotonic() + (SETTLED_S if self._config else 0.0)
            self._config, self._work = config, self._follow(config)
        if time.monotonic() >= self._begins:
            try:
                next(self._work, None)
            except Exception:
                self._config = None  # start from the beginning
                raise

    def _follow(self, config: Config) -> Iterator[None]:
        """Moves one page of timers at each step."""
        zone = ZoneInfo(config.timezone)
        looks = self._runtime.timers.looks()
        for event_type in config.catalog.events.values():
            if event_type.timing is None:
                continue
            computed_from = digest(repr(event_type.timing), config.timezone)
            if isinstance(event_type.timing, Timer) and any(lead.working for lead in event_type.timing.leads):
                computed_from = digest(computed_from, config.digest)  # the schedule or its calendars may have changed
            if looks.get(event_type.name) == computed_from:
                continue
            for page in self._runtime.timers.pages(event_type.name):
                now = datetime.now(UTC)
                match event_type.timing:
                    case Timer(leads=leads):  # without a further lead it is evaluated now, which ends it
                        moves = [(timer, next_look(timer.at, leads, timer.looked_at, zone) or now) for timer in page]
                    case Rollup(daily_at=daily_at):
                        moves = [(timer, next_daily(now, daily_at, zone)) for timer in page]
                    case _:
                        moves = [(timer, now) for timer in page]
                self._runtime.timers.move(moves)
                yield
            # Only at the end: if a dispatcher stops on the way, the next one does the whole type again.
            self._runtime.timers.remember_looks(event_type.name, computed_from)
