"""`gateway timers`: lists the timers that are set, or cancels one."""

from __future__ import annotations

from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.ids import whole_id
from gateway.cli.options import (
    Invocation,
    limit_option,
    pass_invocation,
    settings_options,
    table_options,
)
from gateway.cli.table import Column, id_column, local_time, show_answer, show_rows, time_column


@click.command()
@click.option("--type", help="Only timers of this event type.")
@click.option("--subject", help="Only timers about this subject.")
@click.option("--after", metavar="TIME", help="Only timers that are evaluated after this time.")
@click.option("--before", metavar="TIME", help="Only timers that are evaluated before this time.")
@limit_option
@click.option("--cancel", metavar="ID", help="Cancel the timer with this id, or the only one that begins with it.")
@settings_options("url")
@table_options
@pass_invocation
def timers(
    invocation: Invocation,
    /,
    limit: int,
    cancel: str | None,
    format: str,
    wide: bool,
    **filters: str | None,
) -> None:
    """List the timers that are set, the next to fire first and each with its reason; or cancel one.

    \b
    gateway timers
    gateway timers --type sla.breaching_soon --subject 58210443
    gateway timers --cancel 4f2a91c0b7kq2x5d7e3a
    """
    client = Client(invocation)
    if cancel is not None:
        cancel = whole_id(client, "timer", cancel)
        timer = client.call("DELETE", f"/v1/timers/{quote(cancel, safe='')}").document
        show_answer(timer, format, f"Cancelled {timer['type']} of {timer['subject']}.")
        return
    rows = client.rows("/v1/timers", "timers", limit=limit, **filters)
    show_rows(
        rows,
        format,
        "No timer is set.",
        [time_column("next"), "type", Column("subject", is_kept_whole=True), id_column("id"), "why"],
        lambda row: [local_time(row["next"], with_zone=True), row["type"], row["subject"], row["id"], row["why"]],
        wide=wide,
    )
