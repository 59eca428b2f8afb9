"""A worker process: RQ brings drain jobs, the process's one Drainer does them."""

from __future__ import annotations

import logging
import time

from gateway.delivery.drain import Drainer
from gateway.errors import StoreUnavailable
from gateway.queue import DrainWorker
from gateway.runtime import Runtime
from gateway.sending.apprise_api import load_plugins
from gateway.sending.sender import Sender
from gateway.store.records import Drain

log = logging.getLogger(__name__)

_drainer: Drainer | None = None


def drain(lane: str, slot: str) -> None:
    """The RQ job: this worker sends what is due in *lane*, now and for a while."""
    if _drainer is None:
        raise RuntimeError("a drain job runs in a gateway worker only")
    try:
        _drainer.take(Drain(lane, slot))
    except StoreUnavailable as exc:
        log.warning("drain of %s was not begun: %s", lane, exc)


def run_worker(runtime: Runtime) -> None:
    """Works until SIGTERM or SIGINT; waits while the ledger's server is away."""
    global _drainer  # noqa: PLW0603 - RQ calls a function by name; the process has one drainer
    load_plugins()
    settings = runtime.settings
    sender = Sender(
        settings.data_folder,
        connect_timeout_s=settings.connect_timeout.total_seconds(),
        total_timeout_s=settings.attempt_timeout.total_seconds(),
        connections=settings.concurrency,
        resolve=settings.resolve,
        ca_bundle=settings.ca_bundle,
    )
    _drainer = Drainer(runtime.ledger, runtime.config.current, sender, settings)
    wait_s = 0.2
    try:
        while True:
            began = time.monotonic()
            try:
                worker = DrainWorker(runtime.queue_client, _drainer.stop)
                worker.run()
                if worker.should_stop:
                    return
            except StoreUnavailable as exc:
                log.warning("%s; trying again", exc)
            wait_s = 0.2 if time.monotonic() - began > 10 else min(5.0, wait_s * 2)
            log.warning("worker starts again in %.1f s", wait_s)
            time.sleep(wait_s)
    finally:
        _drainer.close()
        sender.close()
