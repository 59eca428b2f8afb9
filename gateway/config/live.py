"""The configuration of a running process: follows its files, and keeps the old one when the new is broken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from gateway.config.load import CATALOG, ROUTES, SCHEMAS, build_from, read_files
from gateway.config.secrets import SecretStore
from gateway.config.services import Services
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Config, Place, Problem, Source

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0

Stamp = tuple[tuple[str, int, int], ...]
"""(name, size, time of change in ns) of every file."""


class LiveConfig:
    """Gives the newest configuration that was whole. Safe in threads."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        services: Services | None = None,
        extra_sources: Mapping[str, Source] | None = None,
    ) -> None:
        """Raises: ConfigUnreadable, ConfigInvalid."""
        self.folder = folder
        self._secrets = SecretStore(environ, folder)
        self._services = services
        self._extra_sources = dict(extra_sources or {})
        self._stamp = self._look()
        self._config = self._load()
        self._looked = time.monotonic()
        self._lock = threading.Lock()
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the files as they are now; empty when they are what is running."""

    def current(self) -> Config:
        """The configuration to use now; looks for changed files at most once a second."""
        if time.monotonic() - self._looked >= LOOK_EVERY_S and self._lock.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._looked = time.monotonic()
                self._lock.release()
        return self._config

    def _follow(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            config = self._load()
        except ConfigInvalid as exc:
            self.problems = exc.problems
        except ConfigUnreadable as exc:
            self.problems = (Problem(Place(str(self.folder)), "", str(exc)),)
        else:
            self.problems = ()
            if config.digest != self._config.digest:
                log.info("configuration %s replaces %s", config.digest, self._config.digest)
            self._config = config
            return
        log.error("the changed configuration is not used; %s stays. Problems:", self._config.digest)
        for problem in self.problems:
            log.error("%s", problem)

    def _load(self) -> Config:
        return build_from(read_files(self.folder), self._secrets, self._services, self._extra_sources)

    def _look(self) -> Stamp:
        files = [self.folder / CATALOG, *(self.folder / ROUTES).glob("*"), *(self.folder / SCHEMAS).rglob("*.json")]
        stamp = []
        for path in sorted(files):
            try:
                status = path.stat()
            except OSError:
                continue
            stamp.append((str(path), status.st_size, status.st_mtime_ns))
        return tuple(stamp)
