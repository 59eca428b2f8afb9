"""`gateway up`: everything on this machine, as child processes that are kept running."""

from __future__ import annotations

import gc
import http.client
import importlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from gateway.cli.client import ADDRESS_FILE
from gateway.cli.fork import Fork
from gateway.cli.group import main
from gateway.cli.options import Invocation, pass_invocation, settings_options
from gateway.cli.supervisor import Child, Killed, Supervisor, program
from gateway.embedded import EmbeddedServer, lock_data_folder
from gateway.errors import ServerUnsuitable
from gateway.settings import Settings

LOOK_EVERY_S = 0.03
SHARED = (
    "gateway.dispatcher.dispatch",
    "gateway.sending.services",
    "gateway.delivery.worker",
    "gateway.web.rsgi",
    "granian.server",
)
"""What the processes that we start are made of."""

# Seconds after the stop began; what does not end by then is killed. A worker needs as long as one attempt.
WEB_STOPS_BY_S, WORKERS_STOP_BY_S, DISPATCH_STOPS_BY_S, SERVER_STOPS_BY_S = 5.5, 21.5, 22.0, 24.0


@click.command()
@settings_options("config", "data", "bind", "redis-url", "workers")
@click.option("--quiet", is_flag=True, help="No start message.")
@pass_invocation
def up(invocation: Invocation, quiet: bool) -> None:
    """Run the whole gateway on this machine: web server, workers, dispatcher, and a Valkey of its own.

    It needs no account and no server: without a configuration folder it runs the shipped example, whose
    messages go to a local inbox. Ctrl-C (or SIGTERM) stops everything in order, a second one at once.
    A process that dies is started again.

    \b
    gateway up                                   the configuration in this folder, else the example
    gateway --config ./noc up --bind 0.0.0.0:8080
    REDIS_URL=redis://cache:6379 gateway up      with a server of your own
    """
    data = invocation.settings.data_folder.resolve()
    with Supervisor(_say) as supervisor, lock_data_folder(data):
        try:
            _run(invocation, supervisor, data, quiet=quiet)
            supervisor.stop()
        except Killed:
            _say("killed")
            sys.exit(130)


def _run(invocation: Invocation, supervisor: Supervisor, data: Path, *, quiet: bool) -> None:
    """Starts everything and returns at a signal; the children still run then."""
    from gateway.cli.serve import free_address
    from gateway.cli.tokens import keep_local_token

    settings = invocation.settings
    token = keep_local_token(data)
    configuration = _prepare_for_all(invocation)
    host, port = free_address(settings.bind)
    environ = invocation.environ | {"GATEWAY_DATA": str(data), "GATEWAY_BIND": f"{_bracketed(host)}:{port}"}
    if settings.config_folder is not None:
        environ["GATEWAY_CONFIG"] = str(settings.config_folder.resolve())
    if settings.redis_url is None:
        server = EmbeddedServer(data, settings.durability)
        environ["REDIS_URL"] = server.url
        if not _start_server(server, supervisor):
            return
    for child in _processes(settings, environ):
        supervisor.start(child)
    reach = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - asked, not bound
    if not supervisor.run(lambda: _answers(reach, port), LOOK_EVERY_S):
        return
    with _published(data / ADDRESS_FILE, f"http://{_bracketed(reach)}:{port}") as address:
        if not quiet:
            _greet(address, configuration, settings, token)
        supervisor.run()
        _say("stopping")


def _prepare_for_all(invocation: Invocation) -> str:
    """Has imported and loaded what our children need, so that they share it until somebody writes to it.

    What is configured comes back, in words. Raises: ConfigUnreadable, ConfigInvalid.
    """
    for module in SHARED:
        importlib.import_module(module)
    from gateway.cli.check import summary
    from gateway.runtime import open_config, pass_on
    from gateway.sending.apprise_api import load_plugins
    from gateway.sending.services import AppriseServices

    load_plugins()
    config = open_config(invocation.settings, invocation.environ, AppriseServices())
    pass_on(config)
    gc.collect()
    gc.freeze()  # a collection would write to every object
    return f"{config.folder} ({summary(config.current())})"


def _start_server(server: EmbeddedServer, supervisor: Supervisor) -> bool:
    """Whether it is ready; False when a signal said stop first.

    Raises: ServerUnsuitable when it does not start at all.
    """
    if server.end_leftover():
        _say("ended the server that an earlier run left behind")
    child = Child("server", partial(program, server.command(), server.environ()), SERVER_STOPS_BY_S)
    supervisor.start(child)

    def is_ready() -> bool:
        if not child.is_running:
            raise ServerUnsuitable(f"the embedded server did not start; {server.log_file} says:\n{server.last_words()}")
        return server.state() == "ready"

    return supervisor.run(is_ready, LOOK_EVERY_S)


def _processes(settings: Settings, environ: Mapping[str, str]) -> Iterator[Child]:
    def child(command: str, name: str, stop_by_s: float) -> Child:
        words = [command, "--name", name]
        work = partial(main, words, prog_name="gateway")
        return Child(name, partial(Fork, " ".join(["gateway", *words]), work, environ), stop_by_s)

    yield child("serve", "web", WEB_STOPS_BY_S)
    for number in range(1, settings.workers + 1):
        yield child("worker", f"worker-{number}", WORKERS_STOP_BY_S)
    yield child("dispatch", "dispatch", DISPATCH_STOPS_BY_S)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _published(file: Path, address: str) -> Iterator[str]:
    draft = file.with_suffix(".new")
    draft.write_text(address + "\n", "ascii")
    draft.rename(file)  # who reads it, reads all of it
    try:
        yield address
    finally:
        file.unlink(missing_ok=True)


def _greet(address: str, configuration: str, settings: Settings, token: Path) -> None:
    program = _called()
    if settings.data_folder != Path("data"):
        program += f" --data {settings.data_folder}"
    server = "an embedded Valkey" if settings.redis_url is None else "the server of REDIS_URL"
    click.echo(
        f"""
The gateway runs at {address}

  configuration  {configuration}
  data           {settings.data_folder.resolve()} ({server}, {settings.workers} workers)
  token          {token} (source "local", may do everything)

Try, in another terminal:

  {program} send ticket.status_changed --example --wait
  {program} inbox
  {program} deliveries

Ctrl-C stops it.
"""
    )


def _called() -> str:
    """How a person at this prompt calls the program."""
    if Path(sys.argv[0]).name == "__main__.py":
        return "python -m gateway"
    return "gateway" if shutil.which("gateway") else os.path.relpath(sys.argv[0])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _say(line: str) -> None:
    click.echo(f"gateway: {line}", err=True)
