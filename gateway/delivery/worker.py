"""A worker process: RQ brings drain jobs, and the process's Drainer does them."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType
from typing import Protocol

from gateway.delivery.drain import Drainer
from gateway.delivery.running import RunningNote, report_crashes
from gateway.errors import StoreUnavailable
from gateway.queue import DrainWorker
from gateway.runtime import Runtime
from gateway.sending.apprise_api import load_plugins
from gateway.sending.sender import Sender
from gateway.store.records import Drain
from gateway.store.server_failures import log_outage

log = logging.getLogger(__name__)

MAX_WAIT_S = 5.0
"""The longest wait before the RQ worker is started again."""


class Sign(Protocol):
    """Reports signs of life of this process (see `health.sign_of_life`)."""

    def tick(self) -> None: ...


def run_worker(runtime: Runtime, sign: Sign) -> None:
    """Works until SIGTERM or SIGINT. Waits while the ledger's server is away or cannot serve.

    The claiming thread reports signs of life through *sign*.
    """
    load_plugins()
    stop = threading.Event()
    settings = runtime.settings
    sender = Sender.from_settings(settings, policy=lambda: runtime.config.current().network)
    note: RunningNote | None = None
    try:
        note = RunningNote(settings.data_folder)
    except OSError as exc:  # it then takes longer to find a message that ends workers
        log.warning("a message that kills this worker would not be recognised at once: %s", exc.strerror)
    drainer = Drainer(
        runtime.ledger,
        runtime.config.current,
        sender,
        settings,
        note,
        on_turn=sign.tick,
        check_server=runtime.admission.check_server,
    )

    def drain(asked: Drain) -> None:
        """Starts sending what is due in a lane."""
        try:
            drainer.take(asked)
        except StoreUnavailable as exc:
            log.warning("the drain of %s was not started: %s", asked.lane, exc)

    def request_stop() -> None:
        stop.set()
        drainer.stop()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        request_stop()

    runtime.admission.start_refreshing()
    wait_s = 0.2
    try:
        while True:
            # Set again before each run, since an RQ worker installs its own handlers.
            signal.signal(signal.SIGTERM, on_signal)
            signal.signal(signal.SIGINT, on_signal)
            if not runtime.admission.wait_until_server_serves(stop):
                return  # it was stopped, by one of these handlers or by RQ's
            began = time.monotonic()
            try:
                report_crashes(settings.data_folder, runtime.ledger)
                DrainWorker(runtime.queue_client, drain, request_stop, stop.is_set).run()
            except StoreUnavailable as exc:
                log_outage(exc, "trying again")
            wait_s = 0.2 if time.monotonic() - began > 10 else min(MAX_WAIT_S, wait_s * 2)
            stop.wait(wait_s)
    finally:
        drainer.close()
        sender.close()
        if note is not None:
            note.close()
