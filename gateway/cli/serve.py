"""`gateway serve`: the web application in granian, an HTTP server that calls it through RSGI."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from typing import Any

import click

from gateway.cli.fork import die_with
from gateway.cli.listen import free_address
from gateway.cli.logs import start_logging
from gateway.cli.options import Invocation, pass_invocation, settings_options
from gateway.cli.processes import leave_quietly_on_signals, name_option, raise_limit_of_open_files
from gateway.errors import GatewayError
from gateway.settings import Settings

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 16_384
"""Open connections of one process, including idle ones, which take about two kilobytes each."""
BACKLOG = 4096
"""Connections that the kernel queues until the process accepts them."""
HEADERS_WITHIN_MS = 10_000
MAX_HEADER_BYTES = 64 * 1024
STOP_WITHIN_S = 4
"""How long running requests may take after a stop; then their connections are closed."""


@click.command()
@settings_options("config", "data", "redis-url", "bind")
@name_option("web")
@pass_invocation
def serve(invocation: Invocation, name: str) -> None:
    """Run the web server, which takes events over HTTP. It stops on Ctrl-C or SIGTERM."""
    leave_quietly_on_signals()
    raise_limit_of_open_files()
    settings = invocation.settings
    address = free_address(settings.bind)
    if settings.metrics_bind:
        free_address(settings.metrics_bind, "GATEWAY_METRICS_BIND")
    os.environ.update(invocation.environ)  # granian's processes read their settings from the environment
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        "gateway.web.serving:app",
        address=address.host,
        port=address.port,
        interface=Interfaces.RSGI,
        workers=settings.web_processes,
        backlog=BACKLOG,
        backpressure=MAX_CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_WITHIN_MS, max_buffer_size=MAX_HEADER_BYTES, pipeline_flush=False
        ),
        websockets=False,
        workers_kill_timeout=STOP_WITHIN_S,
        process_name=f"gateway serve --name {name}",
        # granian warns of more threads than cores. Ours mostly wait, so the warning does not apply.
        log_level=LogLevels.error,
        # granian's log goes to the root logger, so that it has the same format as everything else
        log_dictconfig={
            "handlers": {},
            "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
        },
        log_access=False,
    )
    start_logging(name, settings)
    log.info("listening on %s", address)
    server.serve(target_loader=partial(_load, os.getpid(), name, settings), wrap_loader=False)


def _load(parent: int, name: str, settings: Settings) -> Any:
    """The application, in a process that granian has started for it."""
    leave_quietly_on_signals()
    die_with(parent)()
    start_logging(name, settings)
    try:
        from gateway.web.serving import create

        return create(name)
    except GatewayError as exc:
        log.error("%s", exc)  # noqa: TRY400 - what it says is for the operator, a traceback is not
        for problem in getattr(exc, "problems", ()):
            log.error("%s", problem)  # noqa: TRY400
        sys.stderr.flush()
        os._exit(1)
