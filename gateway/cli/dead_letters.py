"""`gateway replay` and `gateway discard`: sends dead deliveries again, or puts them aside."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import MIN_ERROR, Client
from gateway.cli.exit_codes import REFUSED
from gateway.cli.ids import whole_id
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import clean_line, show_json


@dataclass(frozen=True)
class Selection:
    """Which dead deliveries to change: those with *ids*, or all that match the other fields."""

    ids: tuple[str, ...]
    all_dead: bool
    target: str | None
    event: str | None

    def __post_init__(self) -> None:
        if bool(self.ids) == bool(self.all_dead or self.target or self.event):
            raise click.UsageError("Name deliveries by their IDs, or say --all-dead, --target or --event.")


def selection_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument IDS and the options that select dead deliveries."""
    options = [
        click.argument("ids", metavar="[ID]...", nargs=-1),
        click.option("--all-dead", is_flag=True, help="Every dead delivery."),
        click.option("--target", help="Every dead delivery to this target."),
        click.option("--event", help="Every dead delivery of the event with this id."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@selection_options
@settings_options("url")
@format_option
@pass_invocation
def replay(invocation: Invocation, /, format: str, **selection: Any) -> None:
    """Send dead deliveries again: those with the IDs given, or all that match. They keep their ids.

    \b
    gateway replay 6ce66ee5ad10247474c9746d-2
    gateway replay --target noc-slack
    gateway replay --all-dead
    """
    changed, refused = _change(Client(invocation), "retry", Selection(**selection))
    summary = f"{len(changed)} {'delivery waits' if len(changed) == 1 else 'deliveries wait'} again."
    _show({"replayed": changed, "refused": refused}, summary, format)


@click.command()
@selection_options
@click.option("--reason", required=True, help="Why nobody needs them; stored with the name of your source.")
@settings_options("url")
@format_option
@pass_invocation
def discard(invocation: Invocation, /, reason: str, format: str, **selection: Any) -> None:
    """Put dead deliveries aside for good: those with the IDs given, or all that match.

    \b
    gateway discard 6ce66ee5ad10247474c9746d-2 --reason "told by phone"
    gateway discard --target noc-slack --reason "the channel is archived"
    """
    changed, refused = _change(Client(invocation), "discard", Selection(**selection), reason=reason)
    summary = f"{len(changed)} {'delivery is' if len(changed) == 1 else 'deliveries are'} discarded."
    _show({"discarded": changed, "refused": refused}, summary, format)


def _change(
    client: Client, change: str, selection: Selection, **parameters: str
) -> tuple[list[str], list[tuple[str, str]]]:
    """The ids that were changed, and the ids that were not, each with the reason."""
    changed: list[str] = []
    refused: list[tuple[str, str]] = []
    event = None if selection.event is None else whole_id(client, "event", selection.event)
    # All ids are completed first: an ambiguous one ends the program before anything has been changed.
    for id in [whole_id(client, "delivery", id) for id in selection.ids]:
        path = f"/v1/deliveries/{quote(id, safe='')}/{change}"
        status, answer = client.try_call("POST", path, parameters=parameters)
        if status < MIN_ERROR:
            changed.append(id)
        else:
            refused.append((id, str(answer.document.get("detail") or answer.document.get("title"))))
    is_complete = bool(selection.ids)
    while not is_complete:  # the gateway changes a limited number in each call
        path = f"/v1/deliveries/{change}"
        answer = client.post(path, **parameters, target=selection.target, event=event)
        changed += answer.document["deliveries"]
        # A call that changed nothing ends it as well: somebody else changes them at the same time.
        is_complete = not (answer.document["more"] and answer.document["deliveries"])
    return changed, refused


def _show(document: dict[str, Any], summary: str, format: str) -> None:
    refused = document["refused"]
    if format == "json":
        show_json(document)
    else:
        for id, why in refused:
            click.echo(clean_line(f"{id}: {why}"), err=True)
        click.echo(summary)
    if refused:
        sys.exit(REFUSED)
