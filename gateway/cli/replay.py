"""`gateway replay`: dead deliveries wait again."""

from __future__ import annotations

import sys
from urllib.parse import quote

import click

from gateway.cli.client import REFUSED, Client, clean_line
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all-dead", is_flag=True, help="Every dead delivery.")
@click.option("--target", help="Every dead delivery to this target.")
@click.option("--event", help="Every dead delivery of the event with this id.")
@settings_options("url")
@format_option
@pass_invocation
def replay(
    invocation: Invocation, ids: tuple[str, ...], all_dead: bool, target: str | None, event: str | None, format: str
) -> None:
    """Send dead deliveries again: those with the IDs given, or all that match. They keep their ids.

    \b
    gateway replay 4f2a91c0b7.2
    gateway replay --target noc-slack
    gateway replay --all-dead
    """
    if bool(ids) == bool(all_dead or target or event):
        raise click.UsageError("Name deliveries by their IDs, or say --all-dead, --target or --event.")
    client = Client(invocation)
    if ids:
        done, refused = _by_id(client, ids)
    else:
        done, refused = _matching(client, target, event), []
    if format == "json":
        show_json({"replayed": done, "refused": refused})
    else:
        for id, why in refused:
            click.echo(clean_line(f"{id}: {why}"), err=True)
        click.echo(f"{len(done)} {'delivery waits' if len(done) == 1 else 'deliveries wait'} again.")
    if refused:
        sys.exit(REFUSED)


def _by_id(client: Client, ids: tuple[str, ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """Ids that wait again; ids that do not, with the reason."""
    done, refused = [], []
    for id in ids:
        status, answer = client.try_call("POST", f"/v1/deliveries/{quote(id, safe='')}/retry")
        if status < 400:
            done.append(id)
        else:
            refused.append((id, str(answer.document.get("detail") or answer.document.get("title"))))
    return done, refused


def _matching(client: Client, target: str | None, event: str | None) -> list[str]:
    done: list[str] = []
    more = True
    while more:
        answer = client.post("/v1/deliveries/retry", target=target, event=event).document
        done += answer["deliveries"]
        more = answer["more"] and bool(answer["deliveries"])
    return done
