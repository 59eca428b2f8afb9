"""`gateway lanes`: the waiting lines of channels and providers."""

from __future__ import annotations

import click

from gateway.cli.client import Client
from gateway.cli.options import Invocation, pass_invocation, settings_options, table_options
from gateway.cli.table import Column, local_time, show_rows


@click.command()
@settings_options("url")
@table_options
@pass_invocation
def lanes(invocation: Invocation, format: str, wide: bool) -> None:
    """List the lanes (waiting lines): how much waits in each, which are stopped, and why.

    \b
    open      its service failed again and again, so nothing is tried for a while
    probing   one message finds out whether the service is back
    paused    its service asked for a pause

    \b
    gateway lanes
    gateway lanes --format json
    """
    rows = Client(invocation).rows("/v1/lanes", "lanes")
    show_rows(
        rows,
        format,
        "Nothing waits.",
        [Column("lane", is_kept_whole=True), "state", "until", "waiting", "under way", "failed in a row"],
        lambda row: [
            row["lane"],
            row["state"],
            local_time(row["until"]),
            row["waiting"],
            row["under_way"],
            row["failed_in_a_row"],
        ],
        wide=wide,
    )
