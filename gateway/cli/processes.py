"""`gateway worker` and `gateway dispatch`: run one process. Any number of each may run, on any number of machines."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.logs import start_logging
from gateway.cli.options import Invocation, pass_invocation, settings_options

if TYPE_CHECKING:
    from gateway.health.sign_of_life import SignOfLife
    from gateway.runtime import Runtime
    from gateway.store.processes import Kind


WORKER = "worker"


def name_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--name`: the name of the process in its log lines."""
    return click.option("--name", default=default, show_default=True, help="The name of the process in its log lines.")


@click.command()
@settings_options("config", "data", "redis-url")
@name_option(WORKER)
@pass_invocation
def worker(invocation: Invocation, name: str) -> None:
    """Run one worker, which sends messages. It stops on Ctrl-C or SIGTERM, after the messages that are being sent."""
    leave_quietly_on_signals()
    from gateway.delivery.worker import run_worker
    from gateway.sending.transport.proxy import unused_proxy

    sentence = unused_proxy(invocation.settings.proxy, invocation.environ)
    if sentence and name == WORKER:  # `gateway up` logs it once for all of its workers, whose names have numbers
        print(sentence, file=sys.stderr)
    _run("worker", run_worker, invocation, name)


@click.command()
@settings_options("config", "data", "redis-url")
@name_option("dispatch")
@pass_invocation
def dispatch(invocation: Invocation, name: str) -> None:
    """Run one dispatcher, which wakes retries, fires timers, and takes over from workers that died."""
    leave_quietly_on_signals()
    from gateway.dispatcher.dispatch import run_dispatcher

    _run("dispatch", run_dispatcher, invocation, name)


def _run(kind: Kind, work: Callable[[Runtime, SignOfLife], None], invocation: Invocation, name: str) -> None:
    from gateway.health.sign_of_life import SignOfLife
    from gateway.runtime import open_runtime
    from gateway.sending.services import AppriseServices

    start_logging(name, invocation.settings)
    raise_limit_of_open_files()
    runtime = open_runtime(invocation.settings, invocation.environ, AppriseServices())
    sign = SignOfLife(runtime.processes, kind, name, invocation.settings.sign_every, runtime.config)
    try:
        work(runtime, sign)
    finally:
        sign.leave()
        runtime.close()


def raise_limit_of_open_files() -> None:
    """Raises the soft limit of open files to the hard limit: there may be many clients and many pooled connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # some systems refuse the limit that they themselves report
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def leave_quietly_on_signals() -> None:
    """Lets SIGINT and SIGTERM end the process with exit code 0 until it installs its own handlers."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        sys.stdout.flush()
        os._exit(0)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
