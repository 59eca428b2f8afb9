"""`gateway timers`: what the gateway will tell by itself, and when."""

from __future__ import annotations

from urllib.parse import quote

import click

from gateway.cli.client import Client, clean_line
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import moment, show_json, show_table


@click.command()
@click.option("--type", help="Only of this event type.")
@click.option("--subject", help="Only about this subject.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@click.option("--cancel", metavar="ID", help="Cancel this one instead.")
@settings_options("url")
@format_option
@pass_invocation
def timers(
    invocation: Invocation, type: str | None, subject: str | None, limit: int, cancel: str | None, format: str
) -> None:
    """List what will be told when and why, the next first; or cancel one.

    \b
    gateway timers
    gateway timers --type sla.breaching_soon --subject 58210443
    gateway timers --cancel 4f2a91c0b7kq2x5d7e3a
    """
    client = Client(invocation)
    if cancel is not None:
        gone = client.call("DELETE", f"/v1/timers/{quote(cancel, safe='')}").document
        show_json(gone) if format == "json" else click.echo(
            clean_line(f"Cancelled {gone['type']} of {gone['subject']}.")
        )
        return
    found = client.get("/v1/timers", limit=limit, type=type, subject=subject)["timers"]
    if format == "json":
        show_json(found)
    elif not found:
        click.echo("No timers.")
    else:
        show_table(
            ["next", "type", "subject", "why", "id"],
            [[moment(one["next"]), one["type"], one["subject"], one["why"], one["id"]] for one in found],
        )
