"""Which delivery was running when a worker died: a note in a file, which outlives its process.

A worker has up to a hundred deliveries under way in one thread, and one of them runs at a time: it is rendered, or its
plugin does something between two waits. When that ends the process (out of memory, killed since it takes all CPU, a
plugin's crash), the others must not be suspected. So the id of the delivery that runs stands in a small file that is
mapped into memory: that costs 1.2 us at each switch of greenlets, and no system call. The next worker that starts
on the same data folder finds the files that no living process holds, and reports what they say.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import greenlet

from gateway.store.ledger import Ledger
from gateway.store.records import Lease

log = logging.getLogger(__name__)

T = TypeVar("T")

FOLDER = "running"
SIZE = 256
"""Bytes: the delivery's id, a blank and the fencing token of its lease, then zeros."""
NOTHING = bytes(SIZE)


class RunningNote:
    """The note of this process. Only the thread of the event loop writes it."""

    def __init__(self, data_folder: Path) -> None:
        """Raises: OSError, when the data folder cannot be written."""
        folder = data_folder / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        # Nobody sees the file by its name before it is locked, so nobody takes it for that of a dead process.
        draft = folder / f".{self._path.name}"
        self._file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(self._file, SIZE)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        draft.rename(self._path)
        self._map = mmap.mmap(self._file, SIZE)
        self._written = NOTHING
        self._texts: dict[Any, bytes] = {}
        """By greenlet: what is written while it runs."""
        self._is_following = False

    def run(self, lease: Lease, call: Callable[[], T]) -> T:
        """What *call* returns or raises; while it runs, and not while it waits, the note names *lease*."""
        if not self._is_following:
            # Of this thread, which is the event loop's: called at each switch, with the greenlets (from, to).
            greenlet.settrace(lambda _, switch: self._write(self._texts.get(switch[1], NOTHING)))
            self._is_following = True
        current = greenlet.getcurrent()
        self._texts[current] = f"{lease.id} {lease.token}".encode().ljust(SIZE, b"\0")
        self._write(self._texts[current])
        try:
            return call()
        finally:
            del self._texts[current]
            self._write(NOTHING)

    def close(self) -> None:
        """Nothing runs any more: there is nothing to report."""
        self._path.unlink(missing_ok=True)
        self._map.close()
        os.close(self._file)

    def _write(self, text: bytes) -> None:
        if text is not self._written:
            self._map[:] = self._written = text


def report_crashes(data_folder: Path, ledger: Ledger) -> None:
    """Reports to *ledger* what was running in workers of the same data folder that died. Raises: StoreUnavailable."""
    for path in sorted((data_folder / FOLDER).glob("[0-9]*")):
        try:
            file = os.open(path, os.O_RDWR)
        except OSError:  # another worker has just reported it
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            id, _, token = os.read(file, SIZE).rstrip(b"\0").decode("ascii", "replace").partition(" ")
            if id and ledger.report_crash(id, token):
                log.error(
                    "delivery %s was running when its worker died; it is suspected of that", id, extra={"delivery": id}
                )
            path.unlink(missing_ok=True)
        except BlockingIOError:
            pass  # its process lives
        finally:
            os.close(file)
