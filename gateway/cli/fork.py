"""Child processes made by fork: they share the memory of what this process has imported and loaded."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import NoReturn

from setproctitle import getproctitle, setproctitle

# The title of a process is written over the memory of its arguments and environment. Asking for it once makes
# setproctitle find that memory now, before anybody changes the environment and so moves it.
getproctitle()

PR_SET_PDEATHSIG = 1
MAX_FILES = 4096
"""File descriptors up to this one are closed in a child; a supervisor has a dozen."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Fork:
    """A child process that runs a function; it has the interface of `subprocess.Popen` that the supervisor uses.

    This process must have one thread only: a fork copies no other, and locks that they hold stay locked.
    """

    def __init__(self, title: str, work: Callable[[], None], environ: Mapping[str, str]) -> None:
        """The child is named *title*, has *environ* and none of our open files, and ends when *work* returns."""
        self.returncode: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # a signal that comes before the child has handlers of its own is delivered once it has them
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            _run_child(title, work, environ, parent, unblocked)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)

    def poll(self) -> int | None:
        """The exit code, or the negative number of the signal that ended it; None while it runs."""
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
    """Everything that the child does. It never returns into the code of its parent."""
    code: str | int | None = 1
    try:
        os.setpgid(0, 0)  # a Ctrl-C in the terminal reaches the parent only, which stops its children in order
        die_with(parent)()
        signal.set_wakeup_fd(-1)
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
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def die_with(parent: int) -> Callable[[], None]:
    """A function to call in a child: from then on the system kills it when *parent* dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl  # looked up now: little is safe to do after a fork

    def request() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request
            os._exit(1)

    return request
