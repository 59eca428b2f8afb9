"""`gateway up`: runs the whole gateway on this machine, as child processes that are restarted when they die."""

from __future__ import annotations

import gc
import http
import http.client
import importlib
import logging
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from gateway.cli.client import ADDRESS_FILE
from gateway.cli.exit_codes import KILLED
from gateway.cli.fork import Fork
from gateway.cli.group import main
from gateway.cli.listen import free_address, next_free_address
from gateway.cli.logs import start_logging
from gateway.cli.options import Invocation, pass_invocation, settings_options
from gateway.cli.program_name import program_name
from gateway.cli.supervisor import Child, Killed, Supervisor, program
from gateway.cli.tokens import ensure_local_token
from gateway.embedded import EmbeddedServer, lock_data_folder
from gateway.errors import ServerNotStarted, StoreUnavailable
from gateway.host_port import HostPort
from gateway.numbers import counted
from gateway.settings import Settings

log = logging.getLogger(__name__)

POLL_EVERY_S = 0.03
PRELOADED = (
    "gateway.dispatcher.dispatch",
    "gateway.sending.services",
    "gateway.delivery.worker",
    "gateway.web.rsgi",
    "granian.server",
)
"""Modules that the child processes need; a child shares the memory of what its parent has imported."""
SERVER_TIMEOUT_S = 5.0
SIGN_TIMEOUT_S = 1.0
"""A short timeout, since the supervisor does nothing else while it waits for the server."""

# Seconds after the stop began at which a process that still runs is killed. A worker may need as long as one attempt.
WEB_STOPS_BY_S, WORKERS_STOP_BY_S, DISPATCH_STOPS_BY_S, SERVER_STOPS_BY_S = 5.5, 21.5, 22.0, 24.0


@click.command()
@settings_options("config", "data", "bind", "redis-url", "workers")
@click.option("--next-port", is_flag=True, help="When the port is taken, use the next free one.")
@click.option("--quiet", is_flag=True, help="Print no start message.")
@pass_invocation
def up(invocation: Invocation, next_port: bool, quiet: bool) -> None:
    """Run the whole gateway on this machine: web server, workers, dispatcher, and a Valkey of its own.

    It needs no account and no server: without a configuration folder it runs the shipped example, whose
    messages go to a local inbox. Ctrl-C or SIGTERM stops everything in order, and a second one stops it at once.
    A process that dies is restarted, and so is a worker or dispatcher that hangs.

    \b
    gateway up                                   the configuration in this folder, else the example
    gateway --config ./noc up --bind 0.0.0.0:8080
    REDIS_URL=redis://cache:6379 gateway up      with a server of your own
    """
    settings = invocation.settings
    data = settings.data_folder.resolve()
    start_logging("gateway", settings)
    with Supervisor(partial(log.warning, "%s")) as supervisor, lock_data_folder(data):
        try:
            address = (next_free_address if next_port else free_address)(settings.bind)
            if address.port != settings.bind.port and settings.bind.port:
                _say(f"port {settings.bind.port} is taken, so this gateway listens on port {address.port}")
            if settings.metrics_bind:
                free_address(settings.metrics_bind, "GATEWAY_METRICS_BIND")
            _run(invocation, supervisor, data, address, quiet=quiet)
            supervisor.stop()
            if settings.redis_url is None:
                EmbeddedServer(data, settings.durability).remove_socket_folder()
        except Killed:
            _say("killed")
            sys.exit(KILLED)


def _run(invocation: Invocation, supervisor: Supervisor, data: Path, address: HostPort, *, quiet: bool) -> None:
    """Starts everything, and returns when a signal asks to stop; the children still run then."""
    from gateway.sending.transport.proxy import unused_proxy

    settings = invocation.settings
    token = ensure_local_token(data)
    configuration = _load_for_all(invocation)
    environ = invocation.environ | {"GATEWAY_DATA": str(data), "GATEWAY_BIND": str(address)}
    if settings.config_folder is not None:
        environ["GATEWAY_CONFIG"] = str(settings.config_folder.resolve())
    if settings.redis_url is None:
        server = EmbeddedServer(data, settings.durability)
        environ["REDIS_URL"] = server.url
        if not _start_server(server, supervisor):
            return
    else:
        environ["REDIS_URL"] = settings.redis_url
        _try_server(settings.redis_url, settings.durability)
    if sentence := unused_proxy(settings.proxy, invocation.environ):
        _say(sentence)
    workers = [("worker", f"worker-{number}", WORKERS_STOP_BY_S) for number in range(1, settings.workers + 1)]
    processes = [("serve", "web", WEB_STOPS_BY_S), *workers, ("dispatch", "dispatch", DISPATCH_STOPS_BY_S)]
    for command, name, stop_by_s in processes:
        words = [command, "--name", name]
        work = partial(main, words, prog_name="gateway")
        supervisor.start(Child(name, partial(Fork, " ".join(["gateway", *words]), work, environ), stop_by_s))
    # The address is published, and the greeting printed, only when the web server takes requests there.
    if not supervisor.run(lambda: answers(address.url), POLL_EVERY_S):
        return
    with published(data / ADDRESS_FILE, address.url):
        if not quiet:
            _greet(address.url, configuration, settings, token)
        _run_and_report(supervisor, environ["REDIS_URL"], settings)
        _say("stopping")


def _run_and_report(supervisor: Supervisor, redis_url: str, settings: Settings) -> None:
    """Runs until a signal asks to stop, reports signs of life of this process, and kills children that hang.

    Each report opens its own connection: one that stayed open would be copied into every child that is restarted.
    """
    from gateway.health.hung import HungProcesses
    from gateway.health.sign_of_life import SignOfLife
    from gateway.store.client import connect
    from gateway.store.processes import Processes

    client = connect(redis_url, timeout_s=SIGN_TIMEOUT_S)
    processes = Processes(client)
    sign = SignOfLife(processes, "supervisor", "up", settings.sign_every)
    hung = HungProcesses(processes.records, settings.sign_every)

    def report() -> bool:
        sign.tick()  # before the look, which counts only if this process could report
        for pid in hung.look(socket.gethostname(), supervisor.running()):
            supervisor.kill(pid, "has reported no sign of life for a minute while the ledger works")
        client.close()
        return False

    supervisor.run(report, settings.sign_every.total_seconds())
    sign.leave()
    client.close()


def _load_for_all(invocation: Invocation) -> str:
    """Imports and loads what the children need, so that they share this memory as long as nobody writes to it.

    Returns a description of the configuration. Raises: ConfigUnreadable, ConfigInvalid.
    """
    for module in PRELOADED:
        importlib.import_module(module)
    from gateway.cli.check import summary
    from gateway.runtime import open_config, pass_on
    from gateway.sending.apprise_api import load_plugins
    from gateway.sending.services import AppriseServices

    load_plugins()
    config = open_config(invocation.settings, invocation.environ, AppriseServices())
    pass_on(config)
    gc.collect()
    gc.freeze()  # garbage collection writes to every object, which would end the sharing
    return f"{config.folder} ({summary(config.current())})"


def _start_server(server: EmbeddedServer, supervisor: Supervisor) -> bool:
    """Starts the embedded server. True when it is ready, False when a signal asked to stop first.

    Raises: ServerNotStarted when the server ends before it is ready.
    """
    if server.end_leftover():
        _say("ended the server that an earlier run left behind")
    child = Child("server", partial(program, server.command(), server.environ()), SERVER_STOPS_BY_S)
    supervisor.start(child)

    def is_ready() -> bool:
        if not child.is_running:
            raise ServerNotStarted(f"the embedded server did not start; {server.log_file} says:\n{server.log_tail()}")
        return server.state() == "ready"

    return supervisor.run(is_ready, POLL_EVERY_S)


def _try_server(redis_url: str, durability: str) -> None:
    """Connects to the operator's own server once, so that a problem is reported here and not by every process.

    The processes are started anyway; each waits until the server can serve.
    """
    from gateway.store.client import connect
    from gateway.store.server_check import check_server

    with connect(redis_url, timeout_s=SERVER_TIMEOUT_S) as client:
        try:
            check_server(client, durability=durability)
        except StoreUnavailable as exc:
            _say(f"{exc}; waiting until it can serve")


def answers(url: str) -> bool:
    """Whether the web server at *url* answers requests."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def published(file: Path, url: str) -> Iterator[None]:
    """Writes *url* into *file* for the duration of the block. The file is renamed into place, so that no reader sees
    half of it."""
    draft = file.with_suffix(".new")
    draft.write_text(url + "\n", "ascii")
    draft.rename(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _greet(url: str, configuration: str, settings: Settings, token: Path) -> None:
    program = program_name()
    if settings.data_folder != Path("data"):
        program += f" --data {shlex.quote(str(settings.data_folder))}"
    server = "an embedded Valkey" if settings.redis_url is None else "the server of REDIS_URL"
    click.echo(
        f"""
The gateway runs at {url}

  configuration  {configuration}
  data           {settings.data_folder.resolve()} ({server}, {counted(settings.workers, "worker")})
  token          {token} (source "local", may do everything)

Try, in another terminal:

  {program} send ticket.status_changed --example --wait
  {program} inbox
  {program} deliveries

Ctrl-C stops it.
"""
    )


def _say(line: str) -> None:
    log.info("%s", line)
