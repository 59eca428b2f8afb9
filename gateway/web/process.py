"""What one web process holds open, whichever lane carries a request, and what it watches in the background."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.errors import StoreUnavailable
from gateway.health.alarms import notify_operators
from gateway.health.check import HealthCheck
from gateway.health.sign_of_life import SignOfLife
from gateway.health.watch import TroubleWatch
from gateway.runtime import Runtime
from gateway.sending.fetch import fetch
from gateway.store.counters import ProcessCounts
from gateway.web.body import BodyQuota
from gateway.web.failed_tokens import FailedTokens
from gateway.web.quotas import Quotas
from gateway.web.signing_keys import SigningKeys

log = logging.getLogger(__name__)

DEFAULT_NAME = "web"


@dataclass(frozen=True)
class WebProcess:
    runtime: Runtime
    failed_tokens: FailedTokens
    sign: SignOfLife
    health: HealthCheck
    counts: ProcessCounts
    quotas: Quotas
    signing_keys: SigningKeys
    body_quota: BodyQuota = field(default_factory=BodyQuota)


def open_process(runtime: Runtime, name: str = DEFAULT_NAME) -> WebProcess:
    """Starts watching what requests only read, in threads that end when *runtime* is closed."""
    settings = runtime.settings
    runtime.admission.start_refreshing()
    sign = SignOfLife(runtime.processes, "serve", name, settings.sign_every, runtime.config)
    counts = ProcessCounts(runtime.ledger.client)
    process = WebProcess(
        runtime,
        FailedTokens(settings.failed_tokens),
        sign,
        HealthCheck(runtime, sign),
        counts,
        Quotas(settings.web_processes),
        SigningKeys(lambda url: fetch(url, settings, lambda: runtime.config.current().network)),
    )
    threading.Thread(target=_watch, args=(process,), name="watch", daemon=True).start()
    return process


def _watch(process: WebProcess) -> None:
    """Reports signs of life, and checks whether a dispatcher does: without one, nobody else would alarm operators."""
    runtime = process.runtime
    watch, every_s = TroubleWatch(runtime), runtime.settings.sign_every.total_seconds()
    while True:
        process.sign.tick()
        if runtime.closed.wait(every_s):
            return
        try:
            process.counts.flush()
            health = process.health.current()
            if not health.facts.alive("dispatch"):
                watch.update(health.reasons)
                notify_operators(runtime, runtime.config.current(), datetime.now(UTC))
        except StoreUnavailable:
            continue  # requests with events report it to their clients
        except Exception:  # the thread must survive: without it the process would seem dead
            log.exception("looking at the health of the gateway failed")
