"""`python -m tests.support.warm_server SOCKET`: imports the gateway once, and forks what `warm.start` asks for.

When its standard input ends, it ends together with everything that it has started.
"""

from __future__ import annotations

import gc
import importlib
import os
import runpy
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path

from gateway.cli.fork import Fork
from gateway.cli.up import PRELOADED
from gateway.sending.apprise_api import load_plugins
from tests.support.warm import Program

MODULES = (*PRELOADED, "gateway.cli.check", "gateway.cli.processes", "gateway.web.serving")
WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def serve(listener: socket.socket) -> None:
    """Starts programs until standard input ends; each client hears the process id, and at its end the exit code."""
    ended, wakeup = socket.socketpair()
    ended.setblocking(False)
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[Fork, Connection] = {}
    while sys.stdin not in (ready := wait([listener, ended, sys.stdin])):
        if listener in ready:
            client = Connection(listener.accept()[0].detach())
            program: Program = client.recv()
            importlib.import_module(program.module)  # here, so that those which ask for it again share it
            fork = Fork(f"python -m {program.module} {' '.join(program.words)}", partial(run, program), program.environ)
            client.send(fork.pid)
            running[fork] = client
        with suppress(BlockingIOError):
            ended.recv(4096)
        for fork in [fork for fork in running if fork.poll() is not None]:
            client = running.pop(fork)
            with suppress(BrokenPipeError):
                client.send(fork.returncode)
            client.close()


def run(program: Program) -> None:
    """What `python -m` does, in the child."""
    streams = ((program.stdin, os.O_RDONLY), (program.stdout, WRITE), (program.stderr, WRITE))
    for number, (path, flags) in enumerate(streams):
        file = os.open(path, flags, 0o666)
        os.dup2(file, number)
        os.close(file)
    os.chdir(program.cwd)
    tempfile.tempdir = None  # its own environment says where
    sys.argv = [program.module, *program.words]
    sys.modules.pop(program.module)  # it runs anew, as the main module
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for module in MODULES:
        importlib.import_module(module)
    load_plugins()
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(sys.argv[1]).with_suffix(".new")))
        listener.listen(64)
        Path(sys.argv[1]).with_suffix(".new").rename(sys.argv[1])
        serve(listener)
