"""`gateway lanes`: the waiting lines of channels and providers."""

from __future__ import annotations

import click

from gateway.cli.client import Client
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import moment, show_json, show_table


@click.command()
@settings_options("url")
@format_option
@pass_invocation
def lanes(invocation: Invocation, format: str) -> None:
    """List the waiting lines: how much waits in each, and which stand still and why.

    \b
    open      its service failed again and again: nothing is tried for a while
    probing   one message finds out whether the service is back
    paused    its service has asked for quiet

    \b
    gateway lanes
    gateway lanes --format json
    """
    found = Client(invocation).get("/v1/lanes")["lanes"]
    if format == "json":
        show_json(found)
    elif not found:
        click.echo("Nothing waits.")
    else:
        show_table(
            ["lane", "state", "until", "waiting", "under way", "failed in a row"],
            [
                [
                    one["lane"],
                    one["state"],
                    moment(one["until"]) if one["until"] else None,
                    one["waiting"],
                    one["under_way"],
                    one["failed_in_a_row"],
                ]
                for one in found
            ],
        )
