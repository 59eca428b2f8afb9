"""`gateway serve`: the web application behind granian, which `web.rsgi` speaks with."""

from __future__ import annotations

import logging
import os
import socket
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import click

from gateway.cli.fork import die_with
from gateway.cli.logs import start_logging
from gateway.cli.options import Invocation, pass_invocation, settings_options
from gateway.cli.processes import allow_many_files, leave_quietly_on_signals, name_option
from gateway.errors import GatewayError, SettingInvalid
from gateway.settings import Settings

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 4096
"""Open connections of one process; the system's queue holds what comes after."""
HEADERS_WITHIN_MS = 10_000
HEADERS_MOST_BYTES = 64 * 1024
STOP_WITHIN_S = 4
"""How long requests under way may go on after a stop; then their connections are cut."""


@click.command()
@settings_options("config", "data", "redis-url", "bind")
@name_option("web")
@pass_invocation
def serve(invocation: Invocation, name: str) -> None:
    """Run the web server: takes events over HTTP. Stops on Ctrl-C or SIGTERM."""
    leave_quietly_on_signals()
    allow_many_files()
    settings = invocation.settings
    host, port = free_address(settings.bind)
    os.environ.update(invocation.environ)  # the application reads its settings there
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        "gateway.web.serving:app",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=settings.web_processes,
        backlog=MAX_CONNECTIONS,
        backpressure=MAX_CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_WITHIN_MS, max_buffer_size=HEADERS_MOST_BYTES, pipeline_flush=False
        ),
        websockets=False,
        workers_kill_timeout=STOP_WITHIN_S,
        process_name=f"gateway serve --name {name}",
        log_level=LogLevels.error,  # it warns of more threads than cores: ours wait for the ledger
        log_dictconfig=_log_to_root(),
        log_access=False,
    )
    start_logging(name, settings.log_level)
    log.info("listens on %s:%s", host, port)
    server.serve(target_loader=partial(_load, os.getpid(), name, settings), wrap_loader=False)


def _load(parent: int, name: str, settings: Settings) -> Any:
    """The application, in the process that granian started for it."""
    leave_quietly_on_signals()
    die_with(parent)()
    start_logging(name, settings.log_level)
    try:
        from gateway.web.serving import app
    except GatewayError as exc:
        log.error("%s", exc)  # noqa: TRY400 - what it says is for the operator, a traceback is not
        for problem in getattr(exc, "problems", ()):
            log.error("%s", problem)  # noqa: TRY400
        sys.stderr.flush()
        os._exit(1)
    return app


def _log_to_root() -> dict[str, Any]:
    return {"handlers": {}, "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}}}


def free_address(bind: str) -> tuple[str, int]:
    """Host and port to listen on; port 0 becomes a free one.

    Raises: SettingInvalid when the port is taken or the host is not one of this machine's.
    """
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            with suppress(AttributeError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return host, int(probe.getsockname()[1])
    except OSError as exc:
        raise SettingInvalid(
            f"cannot listen on {bind}: {exc.strerror}. Another address: --bind {host}:{int(port) + 1}"
        ) from exc
