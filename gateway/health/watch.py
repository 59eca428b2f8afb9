"""Turns lasting troubles of the gateway itself into alarms, and their end as well."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from gateway.health.reasons import Reason
from gateway.health.sign_of_life import GONE_AFTER_SIGNS
from gateway.runtime import Runtime

log = logging.getLogger(__name__)

KINDS = {
    "workers_gone": frozenset({"no_worker"}),
    "dispatcher_gone": frozenset({"no_dispatcher"}),
    "late": frozenset({"timers_late", "retries_late", "messages_late"}),
    "config_stale": frozenset({"config_stale", "config_differs"}),
}
"""For each kind of alarm (`store.alarms.GATEWAY_KINDS`), the names of the reasons for it."""
LASTS_SIGNS = 3
"""A trouble becomes an alarm when it has lasted for this many signs of life, longer than a restart takes."""


class TroubleWatch:
    """Remembers since when each reason has lasted. Several processes may watch: the ledger stores what has been
    reported."""

    def __init__(self, runtime: Runtime, clock: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._clock = clock
        self._lasts_s = LASTS_SIGNS * runtime.settings.sign_every.total_seconds()
        self._since: dict[str, float] = {}
        self._reported: set[str] = set()
        """What was reported as begun, and not as ended, at the last update."""
        self._updated_at = clock()

    def update(self, reasons: Sequence[Reason]) -> None:
        """Notes which troubles have begun and ended; *reasons* is everything that is wrong now. Raises:
        StoreUnavailable."""
        now = self._clock()
        if now - self._updated_at > GONE_AFTER_SIGNS * self._lasts_s:
            self._since.clear()  # this process or the ledger was away, so the first look may be out of date
        self._updated_at = now
        alarms = self._runtime.alarms
        reported = set(alarms.troubles())
        for kind in self._reported - reported:
            self._since.pop(kind, None)  # another process has seen its end, later than the check behind *reasons*
        for kind, names in KINDS.items():
            matching = [reason for reason in reasons if reason.name in names]
            if not matching:
                self._since.pop(kind, None)
                if kind in reported and alarms.note_trouble(kind, lasts=False):
                    log.info("%s is over", kind)
                reported.discard(kind)
            elif now - self._since.setdefault(kind, now) >= self._lasts_s and kind not in reported:
                text = " ".join(reason.text for reason in matching)
                reported.add(kind)
                if alarms.note_trouble(kind, text, lasts=True):
                    log.warning("%s: %s %s", kind, text, matching[0].cure, extra={"may_repeat": True})
        self._reported = reported
