"""The configuration of a running process: follows its files, and keeps the old one while the new one is broken.

Reading and checking 10,000 routes takes a second of CPU. A separate thread does it, or has another process do it if
there is much to load, and then replaces one reference. Code that needs the configuration reads this reference and never
waits.

A change is used once it has settled, since a file that is being written could be valid up to the current point. Files
of secrets are followed as well.
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
from gateway.config.files import CATALOG, SUFFIXES, DataFiles, files_in, read_files
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
"""A file whose last change is more recent than this may still be being written."""
LARGE_BYTES = 256 * 1024
"""If the files are larger than this in total, another process loads them, although it takes a second to start. 2,000
routes are this large; loading them in a thread delays posted events by 50 ms."""
ICS_WEIGHT = 4
"""Loading a byte of an iCalendar file takes as long as loading this many of YAML."""
RELEASE_AFTER_S = 5.0
"""How long work that began with a replaced configuration may still run before the configuration's memory is freed."""
SWITCH_INTERVAL_S = 0.0005
"""During loading, how long the loading thread may keep the interpreter's lock from others."""

MAX_WARNINGS = 5
"""How many warnings about one configuration are logged; `gateway check` prints them all."""


class Stamp(dict[Path, tuple[int, int, int]]):
    """For each file, its size, the time of its content, and the time of its metadata, in ns."""

    @property
    def weight(self) -> int:
        """How many bytes of YAML take as long to load as these files."""
        return sum(size * (ICS_WEIGHT if path.suffix == ".ics" else 1) for path, (size, *_) in self.items())

    @property
    def is_fresh(self) -> bool:
        """Whether a file has changed just now, by the machine's clock."""
        newest = max((changed for *_, changed in self.values()), default=0)
        return abs(time.time_ns() - newest) < SETTLED_S * 1e9


class LiveConfig:
    """Provides the newest complete configuration. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        services: Services | None = None,
        extra_sources: Mapping[str, Source] | None = None,
    ) -> None:
        """Loads the configuration; after `start_following` it follows the files. Raises: ConfigUnreadable,
        ConfigInvalid."""
        self.folder = folder
        self._inputs = Inputs(folder, dict(environ), services, dict(extra_sources or {}))
        self._named_files: frozenset[Path] = frozenset()
        """Files named in the YAML so far: secrets, calendars and tables."""
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
        """What is wrong with the present files; empty if they are in use."""

    def current(self) -> Config:
        """The current configuration. It may differ at the next call, so a piece of work should call this once."""
        return self._config

    def is_up_to_date(self, extra_sources: Mapping[str, Source]) -> bool:
        """Whether the files, and the sources beside them, are still those from which it was loaded."""
        return self._inputs.extra_sources == extra_sources and self._read_stamp() == self._stamp

    # ------------------------------------------------------------------ following the files

    def before_use(self, prepare: Callable[[Config], None]) -> None:
        """Calls *prepare* with each new configuration before it is used, in the thread that loads it."""
        self._before_use.append(prepare)

    def start_following(self) -> None:
        """Follows the files in a thread of its own until `close`; also in copies of this process."""
        if self._closed is None:
            self._closed = threading.Event()
            weak_start = weakref.WeakMethod(self._start_thread)  # a function registered for forks stays registered

            def follow_in_copy() -> None:
                """A copy of this process has the object, but not its threads."""
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
                expand_ahead(self._config)  # prepares the next year when it is near
            except Exception:  # the thread must survive: without it no change would ever be noticed again
                log.exception("following the configuration failed; %s stays", self._config.digest)

    def refresh(self) -> None:
        """Checks the files once, and uses a change that has settled. Only the following thread calls it.

        The files are examined before and after they are read: if they changed in between, what was read may be
        incomplete, and it counts as a change that has not settled yet.
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
        # In a thread of its own, since the next change must not wait for it. The thread takes the parts out of this
        # list; as arguments it would hold them until it ends.
        threading.Thread(target=self._release, args=(list(parts_of(replaced)),), daemon=True).start()

    def _load(self, *, is_large: bool) -> Loaded:
        stream: bytes | None = None
        if is_large:
            try:
                stream = load_aside(self._inputs)
            except Exception as exc:  # whatever went wrong, this process can still load it itself, at a cost
                reason = type(exc).__name__
                log.warning("a process that loads the configuration failed (%s); it is loaded here", reason)
        with _considerate():
            loaded = load_here(self._inputs) if stream is None else take(stream)
            config = loaded.config
            if config is None:
                return loaded
            if config.catalog == self._config.catalog:  # what was derived from it is kept then
                config = replace(config, catalog=self._config.catalog)
            for prepare in self._before_use:
                prepare(config)
            return replace(loaded, config=config)

    def _release(self, parts: list[object]) -> None:
        """Frees *parts* of a replaced configuration when the work that began with it has ended."""
        time.sleep(RELEASE_AFTER_S)
        forget_all_but(self._config)
        windows_of_day.cache_clear()  # it caches the schedules that it was asked about, and their calendars
        release_slowly(parts)

    def _follow_also(self, files: frozenset[Path]) -> None:
        """Also follows *files*, which the YAML names, from now on."""
        self._named_files |= files
        self._stamp = Stamp({path: facts for path, facts in self._read_stamp().items() if path in files} | self._stamp)

    def _read_stamp(self) -> Stamp:
        files = [path for folder in SUFFIXES for path in files_in(self.folder, folder).values()]
        stamp = Stamp()
        for path in {self.folder / CATALOG, *files, *self._named_files}:
            try:
                status = path.stat()
            except (OSError, ValueError):  # ValueError is raised for a NUL in a name
                continue
            stamp[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return stamp


def _log_warnings(config: Config) -> None:
    """Logs, once for each configuration in use, the warnings of `gateway check`."""
    if config.warnings:
        count = counted(len(config.warnings), "warning")
        log.warning("configuration %s has %s; `gateway check` prints all", config.digest, count)
    for warning in config.warnings[:MAX_WARNINGS]:
        log.warning("%s", warning)


@contextmanager
def _considerate() -> Iterator[None]:
    """Makes long work in this thread delay other threads as little as possible.

    The interpreter's lock is handed over more often, since each request waits for it several times. Garbage is not
    collected meanwhile: a full collection would hold the lock while it walks over the half-built configuration, all of
    which is in use. Finally, everything built is frozen, so that later collections skip it too.
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
