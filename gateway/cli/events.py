"""`gateway events`: lists events, or shows one and whom it reached."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.deliveries import show_deliveries
from gateway.cli.ids import whole_id
from gateway.cli.options import (
    Invocation,
    limit_option,
    pass_invocation,
    range_options,
    settings_options,
    table_options,
)
from gateway.cli.program_name import program_name
from gateway.cli.table import (
    clean_line,
    clean_text,
    id_column,
    local_time,
    show_attributes,
    show_json,
    show_rows,
    time_column,
)

ATTRIBUTES = ("id", "type", "source", "subject", "severity", "time", "accepted", "status", "config")
TIMES = {"time", "accepted"}


@click.command()
@click.argument("id", required=False)
@click.option("--type", help="Only events of this type.")
@click.option("--route", help="With ID: explain only this route.")
@click.option("--subject", help="Only events about this subject.")
@click.option("--customer", help="Only events about the customer with this id.")
@click.option("--target", help="Only events that were sent to this target or place.")
@click.option("--person", help="Only events that were sent to this person.")
@range_options
@limit_option
@settings_options("url")
@table_options
@pass_invocation
def events(
    invocation: Invocation,
    /,
    id: str | None,
    route: str | None,
    limit: int,
    format: str,
    wide: bool,
    **filters: str | None,
) -> None:
    """List the newest events, or show the one with ID, its deliveries, and why it has these.

    An ID may be shortened to its first characters, four at least, if no other ID begins with them.

    \b
    gateway events
    gateway events --type ticket.created --limit 100 --format json
    gateway events --person ana --after 2026-11-20
    gateway events 01926f2c-...
    gateway events 01926f2c --route noc-hears-alerts
    """
    if route is not None and id is None:
        raise click.UsageError("--route explains one event: name it by its ID.")
    client = Client(invocation)
    if id is not None:
        id = whole_id(client, "event", id)
        event = client.get(f"/v1/events/{quote(id, safe='')}", route=route)
        show_json(event) if format == "json" else _show_event(event, wide=wide)
        return
    events = client.rows("/v1/events", "events", limit=limit, **filters)
    show_rows(
        events,
        format,
        f"No event matches. To post one: {program_name()} send ticket.status_changed --example",
        [time_column("accepted"), id_column("id"), "type", "source", "severity", "deliveries"],
        lambda event: [
            local_time(event["accepted"]),
            event["id"],
            event["type"],
            event["source"],
            event["severity"],
            event["deliveries"] if event["status"] == "accepted" else event["status"],
        ],
        wide=wide,
    )


def _show_event(event: dict[str, Any], *, wide: bool) -> None:
    from gateway.routing.explain import sentences

    show_attributes(event, ATTRIBUTES, TIMES)
    click.echo("\nData")
    for line in clean_text(json.dumps(event["data"], indent=2, ensure_ascii=False)).splitlines():
        click.echo(f"  {line}")
    click.echo("\nWhy")
    for sentence in sentences(event["explanation"]):
        click.echo(f"  {clean_line(sentence)}")
    if event["deliveries"]:
        click.echo()
        show_deliveries(event["deliveries"], wide=wide)
