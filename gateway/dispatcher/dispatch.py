"""The dispatcher's loop: wakes lanes, takes back leases, fires timers, notifies operators, makes room.

Any number of dispatchers may run and none leads: every step is one atomic script, and doing it twice does no harm.
Four clocks run in the loop: each tick looks for due work; once a second it looks for alarms, at the memory, and at
the configuration; once a minute it trims the indexes; and with each sign of life it looks at the health of the whole
gateway. A failure of the server makes the ticks rarer, up to
MAX_WAIT_S, until it is back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from datetime import UTC, datetime
from types import FrameType

from gateway.dispatcher.handovers import announce_handovers
from gateway.dispatcher.keep_rules import RulesKeeper
from gateway.dispatcher.ping import Ping
from gateway.dispatcher.reschedule import Rescheduler
from gateway.dispatcher.timers import BATCH, TimerRunner
from gateway.embedded import embedded_url
from gateway.errors import StoreUnavailable
from gateway.health.alarms import notify_operators
from gateway.health.check import HealthCheck
from gateway.health.sign_of_life import SignOfLife
from gateway.health.watch import TroubleWatch
from gateway.runtime import Runtime
from gateway.store.memory_return import give_memory_back
from gateway.store.server_failures import log_outage

log = logging.getLogger(__name__)

TICK_S = 0.1
IDLE_TICK_S = 0.25
"""While nothing waits in any lane: an accepted event starts its drain itself, and a timer may be a second late."""
LOOK_EVERY_S = 1.0
"""For alarms, and for memory that runs short."""
TRIM_EVERY_S = 60.0
MAX_WAIT_S = 5.0


def run_dispatcher(runtime: Runtime, sign: SignOfLife) -> None:
    """Ticks until SIGTERM or SIGINT; waits while the ledger's server is away."""
    stop = threading.Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    wait_s, looked_at, trimmed_at, watched_at = TICK_S, 0.0, 0.0, 0.0
    watch_every_s = runtime.settings.sign_every.total_seconds()
    health, watch = HealthCheck(runtime, sign), TroubleWatch(runtime)
    ping = Ping(runtime.settings, lambda: runtime.config.current().network)
    timer_runner, rescheduler, rules_keeper = TimerRunner(runtime), Rescheduler(runtime), RulesKeeper(runtime)
    is_embedded = runtime.settings.redis_url == embedded_url(runtime.settings.data_folder)
    runtime.admission.wait_until_server_serves(stop)
    while not stop.wait(wait_s):
        try:
            next_s = tick(runtime, timer_runner, rescheduler)
            sign.tick()
            if time.monotonic() - watched_at > watch_every_s:
                reasons = health.current().reasons
                watch.look(reasons)
                ping.tick(reasons)
                watched_at = time.monotonic()
            if time.monotonic() - looked_at > LOOK_EVERY_S:
                notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
                announce_handovers(runtime, runtime.config.current(), datetime.now(UTC))
                runtime.eviction.tick()
                rules_keeper.tick(runtime.config.current())
                looked_at = time.monotonic()
            if time.monotonic() - trimmed_at > TRIM_EVERY_S:
                runtime.ledger.trim()
                runtime.alarms.expire()
                if is_embedded:
                    give_memory_back(runtime.ledger.client)
                trimmed_at = time.monotonic()
        except StoreUnavailable as exc:
            log_outage(exc, "trying again")
            wait_s = min(MAX_WAIT_S, max(TICK_S, wait_s * 2))
            runtime.admission.wait_until_server_serves(stop)
        else:
            wait_s = next_s


def tick(runtime: Runtime, timer_runner: TimerRunner, rescheduler: Rescheduler) -> float:
    """One look: takes back leases that have ended, fires timers, then enqueues the drains that are missing.

    Returns the seconds until the next look: 0 when more timers are due than one look fires.
    """
    config = runtime.config.current()
    for id in runtime.ledger.reap():
        log.warning("delivery %s taken back: its worker did not report in time", id, extra={"delivery": id})
    rescheduler.tick(config)
    has_more = timer_runner.tick(config) >= BATCH
    drains = runtime.ledger.wake()
    if drains and not runtime.queue.is_full():
        runtime.queue.enqueue(drains)
    if has_more:
        return 0.0
    return TICK_S if drains or runtime.ledger.has_lanes() else IDLE_TICK_S
