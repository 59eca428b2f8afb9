"""`gateway deliveries`: lists deliveries, or shows one with its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.failures import describe_attempt, describe_delivery
from gateway.cli.ids import whole_id
from gateway.cli.options import (
    Invocation,
    limit_option,
    pass_invocation,
    range_options,
    settings_options,
    table_options,
)
from gateway.cli.table import Column, clean, id_column, local_time, show_attributes, show_json, show_table, time_column
from gateway.model import DeliveryState

ATTRIBUTES = ("id", "event", "type", "source", "target", "recipient", "lane", "state", "accepted", "due", "settled")
TIMES = {"accepted", "due", "settled"}


@click.command()
@click.argument("id", required=False)
@click.option(
    "--state", type=click.Choice([state.value for state in DeliveryState]), help="Only deliveries in this state."
)
@click.option("--target", help="Only deliveries to this target: noc-slack, ana/sms.")
@click.option("--event", help="Only deliveries of the event with this id.")
@click.option("--person", help="Only deliveries to this person.")
@range_options
@limit_option
@settings_options("url")
@table_options
@pass_invocation
def deliveries(
    invocation: Invocation, /, id: str | None, limit: int, format: str, wide: bool, **filters: str | None
) -> None:
    """List the newest deliveries, or show the one with ID and each of its attempts.

    An ID may be shortened to its first characters, four at least, if no other ID begins with them; `6ce66ee5-2` is
    delivery 2 of an event.

    \b
    gateway deliveries
    gateway deliveries --state dead
    gateway deliveries --target ana/email --format json
    """
    client = Client(invocation)
    if id is not None:
        id = whole_id(client, "delivery", id)
        delivery = client.get(f"/v1/deliveries/{quote(id, safe='')}")
        show_json(delivery) if format == "json" else _show_delivery(delivery, wide=wide)
        return
    if filters["event"] is not None:
        filters["event"] = whole_id(client, "event", filters["event"])
    rows = client.rows("/v1/deliveries", "deliveries", limit=limit, **filters)
    if format == "json":
        show_json(rows)
    elif not rows:
        click.echo("No delivery matches.")
    else:
        show_deliveries(rows, with_event=True, wide=wide)


def show_deliveries(deliveries: Sequence[dict[str, Any]], *, with_event: bool = False, wide: bool = False) -> None:
    """A table of *deliveries*, as the API gives them."""
    columns = [id_column("delivery"), Column("target", is_kept_whole=True)]
    rows: list[list[Any]] = [[delivery["id"], delivery["target"]] for delivery in deliveries]
    add_recipients(columns, rows, deliveries)
    columns.append(Column("state", is_kept_whole=True))
    for row, delivery in zip(rows, deliveries, strict=True):
        row.append(delivery["state"])
    if with_event:
        columns += [time_column("accepted"), Column("type")]
        for row, delivery in zip(rows, deliveries, strict=True):
            row += [local_time(delivery["accepted"]), delivery["type"]]
    columns += [Column("attempts"), Column("detail")]
    for row, delivery in zip(rows, deliveries, strict=True):
        row += [len(delivery["attempts"]), describe_delivery(delivery)]
    show_table(columns, rows, wide=wide)


def add_recipients(columns: list[Any], rows: Sequence[list[Any]], deliveries: Sequence[dict[str, Any]]) -> None:
    """Adds a column with the masked recipient, if some of *deliveries* go to one recipient of a place."""
    if any(delivery.get("recipient") for delivery in deliveries):
        columns.append("recipient")
        for row, delivery in zip(rows, deliveries, strict=True):
            row.append(delivery.get("recipient") or "")


def _show_delivery(delivery: dict[str, Any], *, wide: bool) -> None:
    show_attributes(delivery, ATTRIBUTES, TIMES)
    if description := describe_delivery(delivery):
        click.echo(f"{'detail':<9} {clean(description)}")
    for reason in delivery["reasons"]:
        click.echo(f"{'because':<9} {clean(reason['text'])} ({reason['notification']}, route {reason['route']})")
    click.echo()
    if not delivery["attempts"]:
        click.echo("There was no attempt yet.")
        return
    show_table(
        ["attempt", "started", "took", "outcome", "detail"],
        [
            [
                attempt["number"],
                local_time(attempt["started"]),
                f"{attempt['duration_s']:.2f} s",
                attempt.get("reason") or attempt["outcome"],
                describe_attempt(attempt),
            ]
            for attempt in delivery["attempts"]
        ],
        wide=wide,
    )
