"""The dispatcher's loop: everything that must happen because time has passed, and not because somebody asked.

Any number of dispatchers may run and none leads: every step is one atomic script, and doing it twice does no harm.
The loop does four kinds of work, each with a period of its own:

- each tick: takes back the leases of workers that are gone, fires timers, and wakes lanes with due messages;
- each second: notifies operators of alarms, announces handovers, evicts old events when memory runs short, and keeps
  the rules of a new configuration;
- with each sign of life: checks the health of the whole gateway, and sends the dead-man ping;
- each minute: trims the indexes.

While the ledger's server fails, the wait between two ticks doubles, up to MAX_WAIT_S.
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
"""The tick while no lane has messages. It can be longer, since accepting an event starts the drain of its lanes without
a dispatcher, and a timer may be a second late."""
CHECK_EVERY_S = 1.0
TRIM_EVERY_S = 60.0
MAX_WAIT_S = 5.0
"""The longest wait between two ticks while the ledger's server fails."""


def run_dispatcher(runtime: Runtime, sign: SignOfLife) -> None:
    """Ticks until SIGTERM or SIGINT; waits while the ledger's server is away."""
    stop = threading.Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    wait_s, checked_at, trimmed_at, health_checked_at = TICK_S, 0.0, 0.0, 0.0
    sign_every_s = runtime.settings.sign_every.total_seconds()
    health, watch = HealthCheck(runtime, sign), TroubleWatch(runtime)
    ping = Ping(runtime.settings, lambda: runtime.config.current().network)
    timer_runner, rescheduler, rules_keeper = TimerRunner(runtime), Rescheduler(runtime), RulesKeeper(runtime)
    is_embedded = runtime.settings.redis_url == embedded_url(runtime.settings.data_folder)
    runtime.admission.wait_until_server_serves(stop)
    while not stop.wait(wait_s):
        # The times of the rarer work are noted after it: what failed is tried again in the next tick.
        try:
            next_s = tick(runtime, timer_runner, rescheduler)
            sign.tick()
            if time.monotonic() - health_checked_at > sign_every_s:
                reasons = health.current().reasons
                watch.update(reasons)
                ping.tick(reasons)
                health_checked_at = time.monotonic()
            if time.monotonic() - checked_at > CHECK_EVERY_S:
                notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
                announce_handovers(runtime, runtime.config.current(), datetime.now(UTC))
                runtime.eviction.tick()
                rules_keeper.tick(runtime.config.current())
                checked_at = time.monotonic()
            if time.monotonic() - trimmed_at > TRIM_EVERY_S:
                runtime.ledger.trim()
                runtime.unmapped.trim()
                runtime.alarms.expire()
                if is_embedded:  # the server keeps freed memory unless it is asked to return it
                    give_memory_back(runtime.ledger.client)
                trimmed_at = time.monotonic()
        except StoreUnavailable as exc:
            log_outage(exc, "trying again")
            wait_s = min(MAX_WAIT_S, max(TICK_S, wait_s * 2))
            runtime.admission.wait_until_server_serves(stop)
        else:
            wait_s = next_s


def tick(runtime: Runtime, timer_runner: TimerRunner, rescheduler: Rescheduler) -> float:
    """Takes back leases that have ended, fires timers, and enqueues missing drains of lanes with due messages.

    Returns the seconds until the next tick: 0 if more timers are due than one tick fires.
    """
    config = runtime.config.current()
    for id in runtime.ledger.reap():
        log.warning("delivery %s taken back: its worker did not report in time", id, extra={"delivery": id})
    rescheduler.tick(config)
    has_more = timer_runner.tick(config) >= BATCH
    drains = runtime.ledger.wake()
    # If the queue is full, the slots of these drains lapse unused, and a later tick finds the same drains missing.
    if drains and not runtime.queue.is_full():
        runtime.queue.enqueue(drains)
    if has_more:
        return 0.0
    return TICK_S if drains or runtime.ledger.has_lanes() else IDLE_TICK_S
