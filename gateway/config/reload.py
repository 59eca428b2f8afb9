"""The configuration of a running process: follows its files, and keeps the old one when the new is broken.

A change is used once it has settled: a file that is just being written could be valid up to there.
Files of secrets are followed as well.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from gateway.config.load import CATALOG, ROUTES, SCHEMAS, build_from, read_files
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Config, Place, Problem, Source

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SETTLED_S = 0.2
"""A file that changed less long ago may still be being written."""

Stamp = dict[Path, tuple[int, int, int]]
"""(size, time of its content, time of anything about it, in ns) of every file."""


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
        self._stamp: Stamp = {}
        self._config = self._load(self._look())
        self._next_look = time.monotonic() + LOOK_EVERY_S
        self._unsettled: Stamp | None = None
        self._lock = threading.Lock()
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the files as they are now; empty when they are what is running."""

    def is_up_to_date(self, extra_sources: Mapping[str, Source]) -> bool:
        """Whether the files are those that it was read from, and the sources beside them the same."""
        return self._extra_sources == extra_sources and self._look() == self._stamp

    def current(self) -> Config:
        """The configuration to use now; looks for changed files at most once a second."""
        if time.monotonic() >= self._next_look and self._lock.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._next_look = time.monotonic() + (LOOK_EVERY_S if self._unsettled is None else SETTLED_S)
                self._lock.release()
        return self._config

    def _follow(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            self._unsettled = None
            return
        if stamp != self._unsettled and _is_fresh(stamp):
            self._unsettled = stamp
            return
        self._unsettled = None
        before = self._stamp
        config, problems = self._try(stamp)
        now = self._look()
        if {path: now.get(path) for path in stamp} != stamp:  # what was read may be half of what is being written
            self._stamp, self._unsettled = before, now
            return
        self.problems = problems
        if config is not None:
            if config.digest != self._config.digest:
                log.info("configuration %s replaces %s", config.digest, self._config.digest)
            self._config = config
            return
        log.error("the changed configuration is not used; %s stays. Problems:", self._config.digest)
        for problem in self.problems:
            log.error("%s", problem)

    def _try(self, stamp: Stamp) -> tuple[Config | None, tuple[Problem, ...]]:
        """The configuration as the files say, or what is wrong with them."""
        try:
            return self._load(stamp), ()
        except ConfigInvalid as exc:
            return None, exc.problems
        except ConfigUnreadable as exc:
            return None, (Problem(Place(str(self.folder)), "", str(exc)),)

    def _load(self, stamp: Stamp) -> Config:
        """The configuration as the files say, which were seen as *stamp* just before."""
        try:
            return build_from(read_files(self.folder), self._secrets, self._services, self._extra_sources)
        finally:
            secrets = {path: one for path, one in self._look().items() if path in self._secrets.files}
            self._stamp = secrets | stamp

    def _look(self) -> Stamp:
        files = {self.folder / CATALOG, *(self.folder / ROUTES).glob("*"), *(self.folder / SCHEMAS).rglob("*.json")}
        stamp: Stamp = {}
        for path in files | self._secrets.files:
            try:
                status = path.stat()
            except (OSError, ValueError):  # ValueError: a secret file whose name holds NUL
                continue
            stamp[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return stamp


def _is_fresh(stamp: Stamp) -> bool:
    """Whether a file changed just now, as the machine's clock tells."""
    newest = max((changed for *_, changed in stamp.values()), default=0)
    return abs(time.time_ns() - newest) < SETTLED_S * 1e9
