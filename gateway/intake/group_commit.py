"""Commits the events of several requests at once: requests that come during a round trip share the next one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from gateway.intake.accept import start_drains
from gateway.runtime import Runtime
from gateway.store.records import CommitResult, PreparedEvent

log = logging.getLogger(__name__)

MAX_AT_ONCE = 64
"""The largest number of events in one round trip, during which the server does nothing else."""

Done = Callable[[Sequence[CommitResult] | Exception], None]
"""Called with the results, in order, or with the error that prevented them."""


class GroupCommit:
    """One thread that commits for all others. Each event is accepted as a whole or not at all.

    The server answers when it has synced to disk, and a sync takes as long for one event as for many. So a group needs
    no timer: it consists of what has come while the call before waited for its sync. A single request is committed at
    once, and the busier the process, the larger the groups.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: SimpleQueue[tuple[Sequence[PreparedEvent], Done]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    def submit(self, events: Sequence[PreparedEvent], done: Done) -> None:
        """Has *events* committed; *done* is called from another thread."""
        self._waiting.put((events, done))

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            count = len(group[0][0])
            while count < MAX_AT_ONCE and not self._waiting.empty():
                group.append(self._waiting.get())
                count += len(group[-1][0])
            try:
                self._commit(group)
            except Exception:  # the thread must survive: without it nothing would ever be committed again
                log.exception("what follows a commit of %d requests failed", len(group))

    def _commit(self, group: Sequence[tuple[Sequence[PreparedEvent], Done]]) -> None:
        try:
            results, drains = self._runtime.ledger.accept([event for events, _ in group for event in events])
        except Exception as exc:  # every request of the group gets the error, and answers for itself
            for _, done in group:
                done(exc)
            return
        remaining = iter(results)
        for events, done in group:
            done([next(remaining) for _ in events])
        start_drains(self._runtime, drains)  # done last, since nobody waits for it
