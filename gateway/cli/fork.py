"""Child processes made by fork; they share the memory of everything that this process has imported and loaded."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

from setproctitle import getproctitle, setproctitle

# The title of a process is written over the memory of its arguments and environment. Asking for the title once makes
# setproctitle find this memory now, before a change of the environment moves it.
getproctitle()

PR_SET_PDEATHSIG = 1
MAX_FILES = 4096
"""File descriptors up to this number are closed in a child; a supervisor uses about a dozen."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Fork:
    """A child process that runs a function, with the part of the `subprocess.Popen` interface that the supervisor uses.

    This process must have a single thread: a fork does not copy other threads, and the locks they hold would stay
    locked.
    """

    def __init__(self, title: str, work: Callable[[], None], environ: Mapping[str, str]) -> None:
        """The child is called *title*, has the environment *environ* and no open files of ours, and ends when *work*
        returns."""
        self.returncode: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # signals are blocked until the child has its own handlers; one that comes earlier is delivered then
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _run_child(title, work, environ, parent, unblocked)
        finally:  # also when the system has no room for another process
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)

    def poll(self) -> int | None:
        """The exit code, or the negative number of the signal that ended the child; None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _run_child(
    title: str,
    work: Callable[[], None],
    environ: Mapping[str, str],
    parent: int,
    unblocked: set[int | signal.Signals],
) -> NoReturn:
    """Everything that the child does. It never returns to the code of its parent."""
    code: str | int | None = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C in the terminal must reach only the parent, which stops its children in order
        die_with(parent)()
        signal.set_wakeup_fd(-1)  # a signal of ours must not wake the parent, whose pipe it is
        # Until the work has handlers of its own, there is nothing to finish: a stop ends the child at once.
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: os._exit(0))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        os.closerange(3, MAX_FILES)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        setproctitle(title)
        os.environ.clear()
        os.environ.update(environ)
        work()
        code = 0
    except SystemExit as exc:
        code = exc.code
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # whoever read the output is gone; the child must end all the same
                stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def die_with(parent: int) -> Callable[[], None]:
    """A function to call in a child; after the call, the kernel kills the child when *parent* dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork, since little is safe to do after it

    def request() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the request
            os._exit(1)

    return request
