"""`gateway inbox`: the messages of the local inbox, as a person reads them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import clean, clean_text, show_json

LOOK_EVERY_S = 0.3
COLORS = {"success": "green", "warning": "yellow", "error": "red", "critical": "red"}


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Stay, and show what comes.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Only the last so many.")
@settings_options("data")
@format_option
@pass_invocation
def inbox(invocation: Invocation, follow: bool, limit: int, format: str) -> None:
    """Show the messages that went to the service `inbox`, as the shipped example sends them.

    \b
    gateway inbox
    gateway inbox --follow
    """
    from gateway.sending.local import INBOX_FILE

    path = invocation.settings.data_folder / INBOX_FILE
    messages = list(_read(path))
    if format == "json" and not follow:
        show_json(messages[-limit:])
        return
    for message in messages[-limit:]:
        _show(message, format)
    if follow:
        _follow(path, format)
    elif not messages:
        click.echo(f"Nothing in {path} yet. Try: gateway send ticket.status_changed --example")


def _read(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from _complete_lines(file)
    except FileNotFoundError:
        return


def _complete_lines(file: IO[str]) -> Iterator[dict[str, Any]]:
    """The messages from where *file* is; a line that is being written is left for later."""
    while True:
        start = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(start)
            return
        yield json.loads(line)


def _follow(path: Path, format: str) -> None:
    while not path.exists():
        time.sleep(LOOK_EVERY_S)
    with path.open(encoding="utf-8") as file:
        file.seek(0, 2)
        while True:
            for message in _complete_lines(file):
                _show(message, format)
            time.sleep(LOOK_EVERY_S)


def _show(message: dict[str, Any], format: str) -> None:
    if format == "json":
        click.echo(json.dumps(message))
        return
    severity = clean(message["severity"])
    when = clean(message["time"])[11:19]
    click.echo(f"{when} UTC  to {click.style(clean(message['target']), bold=True)}  [{_colored(severity)}]")
    click.secho(f"  {clean(message['title'])}", bold=True)
    for line in clean_text(message["body"]).splitlines():
        if line.strip():
            click.echo(f"  {line}".rstrip())
    click.echo()


def _colored(severity: str) -> str:
    return click.style(severity, fg=COLORS.get(severity))
