"""Troubles of the gateway itself that last become alarms; their end becomes one as well."""

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
"""A kind of alarm (`store.alarms.GATEWAY_KINDS`), and the names of the reasons for it."""
LASTS_SIGNS = 3
"""A trouble that has lasted for this many signs of life is an alarm: a restart takes less."""


class TroubleWatch:
    """Remembers since when a reason lasts. Several may watch: the ledger knows what has been reported."""

    def __init__(self, runtime: Runtime, clock: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._clock = clock
        self._lasts_s = LASTS_SIGNS * runtime.settings.sign_every.total_seconds()
        self._since: dict[str, float] = {}
        self._reported: set[str] = set()
        """What had been reported, and was not over, at the last update."""
        self._updated_at = clock()

    def update(self, reasons: Sequence[Reason]) -> None:
        """Notes which troubles have begun and ended by *reasons*, all that there are. Raises: StoreUnavailable."""
        now = self._clock()
        if now - self._updated_at > GONE_AFTER_SIGNS * self._lasts_s:
            self._since.clear()  # this process, or the ledger, was away: what it sees first may be old
        self._updated_at = now
        alarms = self._runtime.alarms
        reported = set(alarms.troubles())
        for kind in self._reported - reported:
            self._since.pop(kind, None)  # somebody else has seen its end: a fresher look than the one behind *reasons*
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
