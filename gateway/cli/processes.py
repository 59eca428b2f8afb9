"""`gateway worker` and `gateway dispatch`: one process of a kind, anywhere, as many as you like."""

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
    from gateway.runtime import Runtime


def name_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--name`: what the process is called in its log lines."""
    return click.option("--name", default=default, show_default=True, help="What its log lines begin with.")


@click.command()
@settings_options("config", "data", "redis-url")
@name_option("worker")
@pass_invocation
def worker(invocation: Invocation, name: str) -> None:
    """Run one worker: sends messages. Stops on Ctrl-C or SIGTERM, after what it is sending."""
    leave_quietly_on_signals()
    from gateway.delivery.worker import run_worker

    _run(run_worker, invocation, name)


@click.command()
@settings_options("config", "data", "redis-url")
@name_option("dispatch")
@pass_invocation
def dispatch(invocation: Invocation, name: str) -> None:
    """Run one dispatcher: wakes retries and takes over from workers that died. Any number may run."""
    leave_quietly_on_signals()
    from gateway.dispatcher.dispatch import run_dispatcher

    _run(run_dispatcher, invocation, name)


def _run(work: Callable[[Runtime], None], invocation: Invocation, name: str) -> None:
    from gateway.runtime import open_runtime
    from gateway.sending.services import AppriseServices

    start_logging(name, invocation.settings.log_level)
    allow_many_files()
    runtime = open_runtime(invocation.settings, invocation.environ, AppriseServices())
    try:
        work(runtime)
    finally:
        runtime.close()


def allow_many_files() -> None:
    """Raises the limit of open files to what the system allows us: clients are many, and so are kept connections."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # some systems have a lower limit than they tell
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def leave_quietly_on_signals() -> None:
    """Until the process's own handlers stand, a signal that stops it ends it with exit code 0."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        sys.stdout.flush()
        os._exit(0)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
