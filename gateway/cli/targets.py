"""`gateway targets`: places that take no messages."""

from __future__ import annotations

from urllib.parse import quote

import click

from gateway.cli.client import Client, clean_line
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import moment, show_json, show_table


@click.command()
@click.option("--enable", metavar="NAME", help="Send to this one again.")
@settings_options("url")
@format_option
@pass_invocation
def targets(invocation: Invocation, enable: str | None, format: str) -> None:
    """List the targets in trouble, or enable a disabled one again.

    \b
    disabled         it answered 410 Gone: nothing is sent to it
    needs-attention  it refuses the gateway (401, 403) or is not there (404): look at its address

    \b
    gateway targets
    gateway targets --enable noc-slack
    gateway replay --target noc-slack
    """
    client = Client(invocation)
    if enable is not None:
        done = client.post(f"/v1/targets/{quote(enable, safe='')}/enable").document
        show_json(done) if format == "json" else click.echo(clean_line(f"{done['enabled']} is sent to again."))
        return
    found = client.get("/v1/targets")["targets"]
    if format == "json":
        show_json(found)
    elif not found:
        click.echo("No target is in trouble.")
    else:
        show_table(
            ["target", "state", "reason", "since"],
            [[one["target"], one["state"], one["reason"], moment(one["since"])] for one in found],
        )
