"""`gateway inbox`: the messages of the local inbox, as a person reads them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from gateway.cli.exit_codes import DONE
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.program_name import program_name
from gateway.cli.table import clean, clean_text, local_time, show_json

POLL_EVERY_S = 0.3
COLORS = {"success": "green", "warning": "yellow", "error": "red", "critical": "red"}


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Keep running, and show new messages as they arrive.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many of the newest messages to show."
)
@settings_options("data")
@format_option
@pass_invocation
def inbox(invocation: Invocation, follow: bool, limit: int, format: str) -> None:
    """Show the messages that were sent to the service `inbox`. Most channels of the shipped example use it.

    \b
    gateway inbox
    gateway inbox --follow
    """
    from gateway.sending.local import INBOX_FILE

    path = invocation.settings.data_folder / INBOX_FILE
    messages: list[dict[str, Any]] = []
    position = 0
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as file:
            messages = list(_complete_lines(file))
            position = file.tell()
    if format == "json" and not follow:
        show_json(messages[-limit:])
        return
    for message in messages[-limit:]:
        _show(message, format)
    if follow:
        _follow(path, position, format)
    elif not messages:
        click.echo(
            f"There is no message in {path} yet. To send one: {program_name()} send ticket.status_changed --example"
        )


def _complete_lines(file: IO[str]) -> Iterator[dict[str, Any]]:
    """The messages from the current position of *file* on. A last line that is still being written is
    left for later."""
    while True:
        start = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(start)
            return
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if isinstance(message, dict) and {"time", "target", "severity", "title", "body"} <= message.keys():
            yield message
        else:
            click.echo(f"Skipped a line of {file.name} that is not a message.", err=True)


def _follow(path: Path, position: int, format: str) -> None:
    """Shows the messages that arrive after *position*, until Ctrl-C."""
    try:
        while not path.exists():
            time.sleep(POLL_EVERY_S)
        with path.open(encoding="utf-8", errors="replace") as file:
            file.seek(position)
            while True:
                for message in _complete_lines(file):
                    _show(message, format)
                time.sleep(POLL_EVERY_S)
    except KeyboardInterrupt:
        sys.exit(DONE)


def _show(message: dict[str, Any], format: str) -> None:
    if format == "json":
        click.echo(json.dumps(message))
        return
    severity = clean(message["severity"])
    click.echo(
        f"{local_time(message['time'])}  to {click.style(clean(message['target']), bold=True)}"
        f"  [{click.style(severity, fg=COLORS.get(severity))}]"
    )
    click.secho(f"  {clean(message['title'])}", bold=True)
    for line in clean_text(message["body"]).splitlines():
        if line.strip():
            click.echo(f"  {line}".rstrip())
    click.echo()
