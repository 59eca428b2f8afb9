"""A worker process: RQ brings drain jobs, and the process's Drainer does them."""

from __future__ import annotations

import logging
import signal
import threading
import time
from pathlib import Path
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

FIRST_WAIT_S = 0.2
"""The wait before the RQ worker is started again. It doubles while the worker ends within STEADY_S."""
MAX_WAIT_S = 5.0
STEADY_S = 10.0


class Sign(Protocol):
    """Reports signs of life of this process (see `health.sign_of_life`)."""

    def tick(self) -> None: ...


def run_worker(runtime: Runtime, sign: Sign) -> None:
    """Works until SIGTERM or SIGINT. Waits while the ledger's server is away or cannot serve.

    The claiming thread reports signs of life through *sign*.
    """
    load_plugins()
    settings = runtime.settings
    sender = Sender.from_settings(settings, policy=lambda: runtime.config.current().network)
    note = _open_note(settings.data_folder)
    drainer = Drainer(
        runtime.ledger,
        runtime.config.current,
        sender,
        settings,
        note,
        on_turn=sign.tick,
        check_server=runtime.admission.check_server,
    )
    runtime.admission.start_refreshing()
    try:
        _drain_until_stopped(runtime, drainer)
    finally:
        drainer.close()
        sender.close()
        if note is not None:
            note.close()


def _drain_until_stopped(runtime: Runtime, drainer: Drainer) -> None:
    """Has an RQ worker bring drains, and another one each time the server has been away."""
    stop = threading.Event()

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

    wait_s = FIRST_WAIT_S
    while True:
        # Set again before each run, since an RQ worker installs its own handlers.
        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        if not runtime.admission.wait_until_server_serves(stop):
            return  # it was stopped, by one of these handlers or by RQ's
        began = time.monotonic()
        try:
            report_crashes(runtime.settings.data_folder, runtime.ledger)
            DrainWorker(runtime.queue_client, drain, request_stop, stop.is_set).run()
        except StoreUnavailable as exc:
            log_outage(exc, "trying again")
        wait_s = FIRST_WAIT_S if time.monotonic() - began > STEADY_S else min(MAX_WAIT_S, wait_s * 2)
        stop.wait(wait_s)


def _open_note(data_folder: Path) -> RunningNote | None:
    """Without a note it takes longer to find a message that ends workers. So a worker can do without it."""
    try:
        return RunningNote(data_folder)
    except OSError as exc:
        log.warning("a message that kills this worker would not be recognised at once: %s", exc.strerror)
        return None
