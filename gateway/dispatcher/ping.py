"""The dead-man ping: a request to an outside service every minute. When the pings stop, that service
raises the alarm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from gateway.health.reasons import Reason
from gateway.log_limit import LogLimit
from gateway.model import NetworkPolicy
from gateway.sending.ping import ping
from gateway.settings import Settings

log = logging.getLogger(__name__)

PING_EVERY_S = 60.0
HARMLESS = frozenset({"lanes_open", "config_stale", "config_differs", "memory", "process_silent"})
"""With these reasons the gateway can still send, so the ping goes on. Any other reason stops it."""

_limit = LogLimit(every_s=3600.0)


class Ping:
    """Pings in a thread, so that the dispatcher never waits for it."""

    def __init__(
        self,
        settings: Settings,
        policy: Callable[[], NetworkPolicy],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._policy = policy
        self._clock = clock
        self._due = clock()
        self._thread: threading.Thread | None = None

    def tick(self, reasons: Sequence[Reason]) -> None:
        """Starts a ping if one is due, and if *reasons*, everything that is wrong, leave the gateway able to send."""
        url = self._settings.ping_url
        # A ping that hangs is not overtaken by another one: threads must not pile up.
        is_under_way = self._thread is not None and self._thread.is_alive()
        if url is None or self._clock() < self._due or is_under_way:
            return
        if any(reason.name not in HARMLESS for reason in reasons):
            return
        self._due = self._clock() + PING_EVERY_S
        self._thread = threading.Thread(target=self._ping, args=(url,), name="ping", daemon=True)
        self._thread.start()

    def _ping(self, url: str) -> None:
        try:
            failure = ping(url, self._settings, self._policy)
        except Exception as exc:  # its text may contain the URL
            failure = type(exc).__name__
        if failure is not None:
            suffix = _limit.suffix(failure)
            if suffix is not None:
                log.warning("the ping to GATEWAY_PING_URL failed: %s%s", failure, suffix)
