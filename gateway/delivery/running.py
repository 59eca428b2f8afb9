"""Records which delivery was running when a worker died, in a file that outlives the process.

A worker has up to a hundred deliveries under way in one thread. One of them runs at any time: its message is rendered,
or its plugin works between two waits. If it ends the process (out of memory, killed for using all CPU, a crash in a
plugin), the others must not be blamed. So the id of the running delivery is in a small file that is mapped into memory,
which costs 1.2 us for each switch of greenlets and no system call. The next worker that starts on the same data folder
finds the files that no living process holds, and reports what they say.
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
"""In bytes. The content is the delivery's id, a space, the fencing token of its lease, then zeros."""
NOTHING = bytes(SIZE)


class RunningNote:
    """The note of this process. Only the event loop's thread writes it."""

    def __init__(self, data_folder: Path) -> None:
        """Raises: OSError if the data folder cannot be written."""
        folder = data_folder / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        # The file gets its name after it is locked, so nobody takes it for the file of a dead process.
        draft = folder / f".{self._path.name}"
        self._file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(self._file, SIZE)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        draft.rename(self._path)
        self._map = mmap.mmap(self._file, SIZE)
        self._written = NOTHING
        self._texts: dict[Any, bytes] = {}
        """For each greenlet, what the note says while it runs."""
        self._is_following = False

    def run(self, lease: Lease, call: Callable[[], T]) -> T:
        """Returns or raises what *call* does. The note names *lease* while it runs, but not while it waits."""
        if not self._is_following:
            # Of this thread, which is the event loop's; called at each switch, with the greenlets (from, to).
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
        """Removes the note when nothing runs any more."""
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
        except OSError:  # another worker has already reported it
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
            pass  # its process is alive
        finally:
            os.close(file)
