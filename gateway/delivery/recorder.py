"""Writes results into the ledger as they arrive; each call records all that have gathered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from gateway.delivery.log_results import log_results
from gateway.errors import StoreUnavailable
from gateway.store.ledger import Ledger
from gateway.store.records import DeliveryResult
from gateway.store.server_failures import log_outage

log = logging.getLogger(__name__)

RECORD_FOR_S = 60.0
"""How long a result is retried while the ledger is away. Its lease ends earlier."""
MAX_AT_ONCE = 200
GATHER_S = 0.005
"""How long a result waits for others, if there are messages that have not ended. A worker that is killed meanwhile
repeats these messages. docs/decisions/0030-a-result-waits-for-others.md has what it saves."""

NEVER = threading.Event()
"""To wait for it is to sleep. `time.sleep` waits for a moment of the monotonic clock, which is an hour away where
libfaketime shifts the clocks of a process, as in the scenario R19."""


class Recorder:
    """One thread that records the results of all sending threads."""

    def __init__(
        self,
        ledger: Ledger,
        on_done: Callable[[Sequence[DeliveryResult]], None],
        on_recorded: Callable[[Sequence[DeliveryResult]], None],
        count_under_way: Callable[[], int],
        sleep: Callable[[float], object] = NEVER.wait,
    ) -> None:
        """*on_done* is called with each batch before it is written, when its messages are no longer under way.

        *on_recorded* is called afterwards, when the ledger no longer counts the messages or has forgotten their leases.
        *count_under_way* returns how many messages are under way until *on_done*.
        """
        self._ledger = ledger
        self._on_done = on_done
        self._on_recorded = on_recorded
        self._count_under_way = count_under_way
        self._sleep = sleep
        self._results: SimpleQueue[DeliveryResult | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)
        self._thread.start()

    def put(self, result: DeliveryResult) -> None:
        self._results.put(result)

    def close(self) -> None:
        """Returns when all results have been written."""
        self._results.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open and (first := self._results.get()) is not None:
            if self._count_under_way() > 1 + self._results.qsize():
                self._sleep(GATHER_S)
            batch = [first]
            with suppress(Empty):
                while is_open and len(batch) < MAX_AT_ONCE:
                    if more := self._results.get_nowait():
                        batch.append(more)
                    else:
                        is_open = False
            self._on_done(batch)
            self._write(batch)
            self._on_recorded(batch)

    def _write(self, batch: list[DeliveryResult]) -> None:
        # Waiting here delays all further results, which does no harm: they could not be written either, and nothing can
        # be claimed while the ledger is away.
        until = time.monotonic() + RECORD_FOR_S
        wait_s = 0.05
        while True:
            try:
                recorded = self._ledger.record_results(batch)
            except StoreUnavailable as exc:
                if time.monotonic() > until:
                    log.error("%d results were not recorded, their leases will end: %s", len(batch), exc)  # noqa: TRY400 - its cause is the outage
                    return
                log_outage(exc, "results are kept, and recorded when it can serve")
                self._sleep(wait_s)
                wait_s = min(2.0, wait_s * 2)
                continue
            except Exception:  # the thread must survive: it records all results of this process
                log.exception("%d results were not recorded, their leases will end", len(batch))
                return
            log_results(batch, recorded)
            return
