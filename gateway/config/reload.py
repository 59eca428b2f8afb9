"""The configuration of a running process: it follows its files, and keeps the old one while the new is broken.

Reading and checking 10,000 routes takes a second of CPU. A thread of its own does it, or has another process do it
when there is much to load, and then replaces one reference: whoever needs the configuration reads that reference and
never waits.

A change is used once it has settled, since a file that is just being written could be valid up to there.
Files of secrets are followed as well.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gateway.config.aside import Inputs, Loaded, expand_ahead, load_aside, load_here, parts_of, release_slowly, take
from gateway.config.files import CATALOG, ROUTES, SCHEMAS, TRANSLATIONS, DataFiles, read_files
from gateway.config.load import build_from
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.model import Config, Problem, Source
from gateway.numbers import counted
from gateway.per_config import forget_all_but
from gateway.schedules.windows import windows_of_day

log = logging.getLogger(__name__)

CHECK_EVERY_S = 1.0
SETTLED_S = 0.2
"""A file that changed less long ago may still be being written."""
LARGE_BYTES = 256 * 1024
"""Files of this size in all are loaded by another process; it takes a second to start. 2,000 routes are as large, and
loaded in a thread they hold up posted events for 50 ms."""
ICS_WEIGHT = 4
"""A byte of an iCalendar file takes as long to load as this many of YAML."""
RELEASE_AFTER_S = 5.0
"""How long work that began with a configuration may go on after it is replaced, before its memory is freed."""
SWITCH_INTERVAL_S = 0.0005
"""While a configuration is loaded: how long the loading thread may keep the interpreter's lock from the others."""

MAX_WARNINGS = 5
"""Warnings that the log has of one configuration; `gateway check` prints them all."""


class Stamp(dict[Path, tuple[int, int, int]]):
    """(size, time of its content, time of anything about it, in ns) of every file."""

    @property
    def weight(self) -> int:
        """Bytes of YAML that take as long to load as these files."""
        return sum(size * (ICS_WEIGHT if path.suffix == ".ics" else 1) for path, (size, *_) in self.items())

    @property
    def is_fresh(self) -> bool:
        """Whether a file changed just now, as the machine's clock tells."""
        newest = max((changed for *_, changed in self.values()), default=0)
        return abs(time.time_ns() - newest) < SETTLED_S * 1e9


class LiveConfig:
    """Gives the newest configuration that was whole. Safe in threads."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        services: Services | None = None,
        extra_sources: Mapping[str, Source] | None = None,
    ) -> None:
        """Loads it; `start_following` has it follow the files. Raises: ConfigUnreadable, ConfigInvalid."""
        self.folder = folder
        self._inputs = Inputs(folder, dict(environ), services, dict(extra_sources or {}))
        self._named_files: frozenset[Path] = frozenset()
        """Files that the YAML has named so far: secrets, calendars and tables."""
        stamp = self._read_stamp()
        secrets, data_files = SecretStore(environ, folder), DataFiles(folder)
        self._config = build_from(read_files(folder), secrets, services, self._inputs.extra_sources, data_files)
        _log_warnings(self._config)
        expand_ahead(self._config)
        self._stamp: Stamp = stamp
        self._follow_also(frozenset(secrets.files | data_files.paths))
        self._unsettled: Stamp | None = None
        self._closed: threading.Event | None = None
        self._before_use: list[Callable[[Config], None]] = []
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the files as they are now; empty when they are what is running."""

    def current(self) -> Config:
        """The configuration to use now. It may be another one at the next call, so a piece of work asks once."""
        return self._config

    def is_up_to_date(self, extra_sources: Mapping[str, Source]) -> bool:
        """Whether the files are those that it was read from, and the sources beside them the same."""
        return self._inputs.extra_sources == extra_sources and self._read_stamp() == self._stamp

    # ------------------------------------------------------------------ following the files

    def before_use(self, prepare: Callable[[Config], None]) -> None:
        """Has *prepare* called with each new configuration before it is used, in the thread that loads it."""
        self._before_use.append(prepare)

    def start_following(self) -> None:
        """Follows the files in a thread of its own until `close`; in copies of this process as well."""
        if self._closed is None:
            self._closed = threading.Event()
            weak_start = weakref.WeakMethod(self._start_thread)  # what is registered at a fork stays registered

            def follow_in_copy() -> None:
                """A copy of this process has the object, but none of its threads."""
                if start_thread := weak_start():
                    start_thread()

            os.register_at_fork(after_in_child=follow_in_copy)
            self._start_thread()

    def close(self) -> None:
        if self._closed is not None:
            self._closed.set()

    def _start_thread(self) -> None:
        threading.Thread(target=self._follow, name="config", daemon=True).start()

    def _follow(self) -> None:
        closed = self._closed
        while closed is not None and not closed.wait(CHECK_EVERY_S if self._unsettled is None else SETTLED_S):
            try:
                self.refresh()
                expand_ahead(self._config)  # the next year, when it is near
            except Exception:  # the thread must live: without it no change would ever be noticed again
                log.exception("following the configuration failed; %s stays", self._config.digest)

    def refresh(self) -> None:
        """Looks at the files once, and uses a change that has settled. Only the thread that follows calls it.

        The files are looked at before and after they are read: what changed meanwhile may be half of what is being
        written, and counts as a change that has not settled yet.
        """
        stamp = self._read_stamp()
        if stamp == self._stamp:
            self._unsettled = None
            return
        if stamp != self._unsettled and stamp.is_fresh:
            self._unsettled = stamp
            return
        self._unsettled = None
        stamp_before = self._stamp
        self._stamp = stamp
        loaded = self._load(is_large=stamp.weight > LARGE_BYTES)
        stamp_after = self._read_stamp()
        if {path: stamp_after.get(path) for path in stamp} != stamp:
            self._stamp, self._unsettled = stamp_before, stamp_after
            return
        self._follow_also(loaded.named_files)
        self.problems = loaded.problems
        if loaded.config is None:
            again = {"may_repeat": True}  # whoever saves a file once more wants to know
            log.error("the changed configuration is not used; %s stays. Problems:", self._config.digest, extra=again)
            for problem in loaded.problems:
                log.error("%s", problem, extra=again)
            return
        replaced, self._config = self._config, loaded.config
        if loaded.config.digest != replaced.digest:
            log.info("configuration %s replaces %s", loaded.config.digest, replaced.digest)
            _log_warnings(loaded.config)
        # In a thread of its own, since the next change need not wait for it. It gets the parts, which it takes from
        # this list: a thread holds its arguments until it ends.
        threading.Thread(target=self._release, args=(list(parts_of(replaced)),), daemon=True).start()

    def _load(self, *, is_large: bool) -> Loaded:
        stream: bytes | None = None
        if is_large:
            try:
                stream = load_aside(self._inputs)
            except Exception as exc:  # whatever it is, this process can still do it by itself, at a cost
                reason = type(exc).__name__
                log.warning("a process that loads the configuration failed (%s); it is loaded here", reason)
        with _considerate():
            loaded = load_here(self._inputs) if stream is None else take(stream)
            config = loaded.config
            if config is None:
                return loaded
            if config.catalog == self._config.catalog:  # then what has been derived from it stays
                config = replace(config, catalog=self._config.catalog)
            for prepare in self._before_use:
                prepare(config)
            return replace(loaded, config=config)

    def _release(self, parts: list[object]) -> None:
        """Lets go of *parts* of a configuration that was replaced, when the work that began with it has ended."""
        time.sleep(RELEASE_AFTER_S)
        forget_all_but(self._config)
        windows_of_day.cache_clear()  # it keeps the schedules that it was asked about, and their calendars
        release_slowly(parts)

    def _follow_also(self, files: frozenset[Path]) -> None:
        """Follows *files*, which the YAML names, from now on."""
        self._named_files |= files
        self._stamp = Stamp({path: facts for path, facts in self._read_stamp().items() if path in files} | self._stamp)

    def _read_stamp(self) -> Stamp:
        files = {self.folder / CATALOG, *(self.folder / ROUTES).glob("*"), *(self.folder / SCHEMAS).rglob("*.json")}
        files |= {*(self.folder / TRANSLATIONS).glob("*.yaml")}
        stamp = Stamp()
        for path in files | self._named_files:
            try:
                status = path.stat()
            except (OSError, ValueError):  # ValueError: a name in the YAML holds NUL
                continue
            stamp[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return stamp


def _log_warnings(config: Config) -> None:
    """Says once of a configuration that is in use what `gateway check` warns of."""
    if config.warnings:
        count = counted(len(config.warnings), "warning")
        log.warning("configuration %s has %s; `gateway check` prints all", config.digest, count)
    for warning in config.warnings[:MAX_WARNINGS]:
        log.warning("%s", warning)


@contextmanager
def _considerate() -> Iterator[None]:
    """Has long work in this thread delay the other threads little.

    The interpreter's lock is handed over more often, since each request waits for it several times. Garbage is not
    collected meanwhile: a full collection holds the lock while it walks over the half-built configuration, which is
    all in use. What has been built is frozen at the end, so that later collections leave it alone too.
    """
    interval, was_enabled = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
        sys.setswitchinterval(interval)
