"""Processes that begin as copies of this one: what it has imported already they share, and need not import again."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import NoReturn

from setproctitle import getproctitle, setproctitle

getproctitle()  # it looks for the place of the title now, before anybody changes the environment, which lies beside it

PR_SET_PDEATHSIG = 1
MAX_FILES = 4096
"""Descriptors that a copy closes: a supervisor has a dozen."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Fork:
    """A copy of this process that does some work; to a supervisor like a `subprocess.Popen`.

    This process must have one thread only.
    """

    def __init__(self, title: str, work: Callable[[], None], environ: Mapping[str, str]) -> None:
        """The copy is called *title*, has *environ* and none of our open files, and ends when *work* returns."""
        self.returncode: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        waiting = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # until the copy has handlers of its own
        self.pid = os.fork()
        if self.pid == 0:
            _live(title, work, environ, parent, waiting)
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)

    def poll(self) -> int | None:
        """The exit code, or the number of the signal that ended it, negative; None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        return self._wait(0)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _live(
    title: str,
    work: Callable[[], None],
    environ: Mapping[str, str],
    parent: int,
    unblocked: set[int | signal.Signals],
) -> NoReturn:
    """All that the copy does; it never returns to what its parent does next."""
    code: str | int | None = 1
    try:
        os.setpgid(0, 0)  # a Ctrl-C in the terminal reaches the parent only: it stops us in order
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
    """Lets the system kill the process that calls the result when *parent*, who started it, dies (Linux)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl  # looked up now: after a fork as little as possible may happen

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
