"""`gateway replay` and `gateway discard`: what becomes of dead deliveries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import REFUSED, Client, clean_line
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json


@dataclass(frozen=True)
class Chosen:
    """Which dead deliveries are meant: *ids*, or all that match."""

    ids: tuple[str, ...]
    all_dead: bool
    target: str | None
    event: str | None

    def __post_init__(self) -> None:
        if bool(self.ids) == bool(self.all_dead or self.target or self.event):
            raise click.UsageError("Name deliveries by their IDs, or say --all-dead, --target or --event.")


def chosen_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument IDS and the options of a choice among the dead."""
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
@chosen_options
@settings_options("url")
@format_option
@pass_invocation
def replay(invocation: Invocation, /, format: str, **chosen: Any) -> None:
    """Send dead deliveries again: those with the IDs given, or all that match. They keep their ids.

    \b
    gateway replay 6ce66ee5ad10247474c9746d-2
    gateway replay --target noc-slack
    gateway replay --all-dead
    """
    done, refused = _changed(Client(invocation), "retry", Chosen(**chosen))
    count = f"{len(done)} {'delivery waits' if len(done) == 1 else 'deliveries wait'} again."
    _show({"replayed": done, "refused": refused}, count, format)


@click.command()
@chosen_options
@click.option("--reason", required=True, help="Why nobody needs them: it is kept with them, and who you are.")
@settings_options("url")
@format_option
@pass_invocation
def discard(invocation: Invocation, /, reason: str, format: str, **chosen: Any) -> None:
    """Put dead deliveries aside for good: those with the IDs given, or all that match.

    \b
    gateway discard 6ce66ee5ad10247474c9746d-2 --reason "told by phone"
    gateway discard --target noc-slack --reason "the channel is archived"
    """
    done, refused = _changed(Client(invocation), "discard", Chosen(**chosen), reason=reason)
    count = f"{len(done)} {'delivery is' if len(done) == 1 else 'deliveries are'} discarded."
    _show({"discarded": done, "refused": refused}, count, format)


Refused = list[tuple[str, str]]
"""Ids that were not changed, each with the reason."""


def _changed(client: Client, change: str, chosen: Chosen, **parameters: str) -> tuple[list[str], Refused]:
    """(ids that were changed, ids that were not)."""
    if chosen.ids:
        return _by_id(client, change, chosen.ids, parameters)
    return _matching(client, change, {**parameters, "target": chosen.target, "event": chosen.event}), []


def _by_id(client: Client, change: str, ids: tuple[str, ...], parameters: dict[str, str]) -> tuple[list[str], Refused]:
    done, refused = [], []
    for id in ids:
        path = f"/v1/deliveries/{quote(id, safe='')}/{change}"
        status, answer = client.try_call("POST", path, parameters=parameters)
        if status < 400:
            done.append(id)
        else:
            refused.append((id, str(answer.document.get("detail") or answer.document.get("title"))))
    return done, refused


def _matching(client: Client, change: str, parameters: dict[str, str | None]) -> list[str]:
    done: list[str] = []
    more = True
    while more:
        answer = client.post(f"/v1/deliveries/{change}", **parameters).document
        done += answer["deliveries"]
        more = answer["more"] and bool(answer["deliveries"])
    return done


def _show(document: dict[str, Any], count: str, format: str) -> None:
    refused = document["refused"]
    if format == "json":
        show_json(document)
    else:
        for id, why in refused:
            click.echo(clean_line(f"{id}: {why}"), err=True)
        click.echo(count)
    if refused:
        sys.exit(REFUSED)
