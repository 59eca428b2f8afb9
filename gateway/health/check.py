"""Checks the health of the whole gateway, rarely enough that it costs nothing."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from gateway.errors import StoreUnavailable
from gateway.health.reasons import Facts, Reason, reasons_of, without_replaced
from gateway.health.sign_of_life import SignOfLife
from gateway.runtime import Runtime
from gateway.store.backlog import read_backlog

FRESH_S = 1.0
"""How long the result of a check is reused."""
MAX_FRESH_S = 4.0
REPLACED_AFTER_SIGNS = 2
"""A process that has missed this many signs and was started again is no longer listed."""
MAX_SHARE = 0.02
"""The share of the time that checks may take: the more lanes there are, the longer a result is reused, up to
MAX_FRESH_S."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health of the gateway."""

    facts: Facts
    reasons: tuple[Reason, ...]
    """What is wrong; empty when all is well."""


class HealthCheck:
    """Thread-safe: one thread checks, and the others wait for its result."""

    def __init__(self, runtime: Runtime, sign: SignOfLife) -> None:
        """The *sign* of this process is the write that shows whether the ledger accepts writes."""
        self._runtime = runtime
        self._sign = sign
        self._lock = threading.Lock()
        self._result: Health | StoreUnavailable | None = None
        self._fresh_until = 0.0

    def current(self) -> Health:
        """The health of the gateway, at most a second old, or MAX_FRESH_S where a check takes long.

        Raises: StoreUnavailable if the ledger accepts no writes.
        """
        # The lock is held during a check: a thread that comes meanwhile waits for this result instead of checking
        # again.
        with self._lock:
            began = time.monotonic()
            if self._result is None or began >= self._fresh_until:
                try:
                    self._result = self._check()
                except StoreUnavailable as exc:
                    self._result = exc
                now = time.monotonic()
                self._fresh_until = now + min(MAX_FRESH_S, max(FRESH_S, (now - began) / MAX_SHARE))
                # How long a failed check took says nothing of its cost: it may have waited for the limit of a call.
                if isinstance(self._result, StoreUnavailable):
                    self._fresh_until = now + FRESH_S
            result = self._result
        if isinstance(result, StoreUnavailable):
            raise result
        return result

    def _check(self) -> Health:
        self._sign.report()  # first, since all that follows only reads, which a full or read-only server still allows
        runtime = self._runtime
        load = runtime.admission.refresh()
        events = runtime.config.current().catalog.events.values()
        timed = [event_type.name for event_type in events if event_type.timing is not None]
        backlog = read_backlog(runtime.ledger.client, timed, runtime.settings.late_after)
        silent_before = backlog.now - REPLACED_AFTER_SIGNS * runtime.settings.sign_every
        facts = Facts(
            processes=without_replaced(runtime.processes.records(), silent_before),
            backlog=backlog,
            load=load,
            overload=runtime.admission.overload,
            late_after=runtime.settings.late_after,
            sign_every=runtime.settings.sign_every,
        )
        return Health(facts, reasons_of(facts))
