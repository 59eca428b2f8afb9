"""Stores the rules of the configuration in the ledger, so that its events can be explained after it is replaced."""

from __future__ import annotations

import logging
import time
from functools import partial

from gateway.errors import StoreUnavailable
from gateway.model import Config
from gateway.runtime import Runtime
from gateway.store.rules import encode_rules

log = logging.getLogger(__name__)

KEEP_EVERY_S = 3600.0
RETRY_EVERY_S = 60.0


class RulesKeeper:
    """Stores the rules of each new configuration, and extends their lifetime every hour."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._digest = ""
        self._next = 0.0

    def tick(self, config: Config) -> None:
        """Stores the rules if need be. A server without room for them is no reason to stop sending: it is tried again
        later."""
        if config.digest == self._digest and time.monotonic() < self._next:
            return
        self._digest, self._next = config.digest, time.monotonic() + KEEP_EVERY_S
        try:
            if not self._runtime.rules.keep(config.digest, partial(encode_rules, config)):
                log.warning(
                    "the rules of %s are too large to be kept: its events are explained only in part", config.digest
                )
        except StoreUnavailable as exc:
            log.warning("%s; trying again in a minute", exc)
            self._next = time.monotonic() + RETRY_EVERY_S
