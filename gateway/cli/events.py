"""`gateway events` and `gateway deliveries`: what was posted, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client, clean_line
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import clean, clean_text, moment, show_json, show_table
from gateway.model import DeliveryState

limit_option = click.option(
    "--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many."
)


@click.command()
@click.argument("id", required=False)
@click.option("--type", help="Only events of this type.")
@limit_option
@settings_options("url")
@format_option
@pass_invocation
def events(invocation: Invocation, id: str | None, type: str | None, limit: int, format: str) -> None:
    """List the newest events, or show the one with ID: its deliveries, and why they are what they are.

    \b
    gateway events
    gateway events --type ticket.created --limit 100 --format json
    gateway events 01926f2c-...
    """
    client = Client(invocation)
    if id is not None:
        event = client.get(f"/v1/events/{quote(id, safe='')}")
        show_json(event) if format == "json" else _show_event(event)
        return
    found = client.get("/v1/events", limit=limit, type=type)["events"]
    if format == "json":
        show_json(found)
    elif not found:
        click.echo("No events. Try: gateway send ticket.status_changed --example")
    else:
        show_table(
            ["accepted", "id", "type", "source", "severity", "deliveries"],
            [
                [moment(one["accepted"]), one["id"], one["type"], one["source"], one["severity"], _count(one)]
                for one in found
            ],
        )


@click.command()
@click.argument("id", required=False)
@click.option("--state", type=click.Choice([one.value for one in DeliveryState]), help="Only deliveries in this state.")
@click.option("--target", help="Only to this target: noc-slack, ana/sms.")
@click.option("--event", help="Only of the event with this id.")
@limit_option
@settings_options("url")
@format_option
@pass_invocation
def deliveries(
    invocation: Invocation,
    id: str | None,
    state: str | None,
    target: str | None,
    event: str | None,
    limit: int,
    format: str,
) -> None:
    """List the newest deliveries, or show the one with ID and each of its attempts.

    \b
    gateway deliveries
    gateway deliveries --state dead
    gateway deliveries --target ana/email --format json
    """
    client = Client(invocation)
    if id is not None:
        one = client.get(f"/v1/deliveries/{quote(id, safe='')}")
        show_json(one) if format == "json" else _show_delivery(one)
        return
    found = client.get("/v1/deliveries", limit=limit, state=state, target=target, event=event)["deliveries"]
    if format == "json":
        show_json(found)
    elif not found:
        click.echo("No such deliveries.")
    else:
        show_deliveries(found, with_event=True)


def show_deliveries(found: Sequence[dict[str, Any]], *, with_event: bool = False) -> None:
    """A table of *found*, as the API gives them."""
    headings = ["delivery", "target", "state", "attempts", "detail"]
    rows = [[one["id"], one["target"], one["state"], len(one["attempts"]), _detail(one)] for one in found]
    if with_event:
        headings = [*headings[:1], "type", *headings[1:4], "accepted", "detail"]
        rows = [
            [row[0], one["type"], *row[1:4], moment(one["accepted"]), row[4]]
            for row, one in zip(rows, found, strict=True)
        ]
    show_table(headings, rows)


def _detail(delivery: dict[str, Any]) -> str | None:
    """Why it failed, and when it is tried again."""
    last = delivery["attempts"][-1] if delivery["attempts"] else {}
    if delivery["state"] == "delivered":
        return None
    words = [delivery.get("reason") or last.get("reason"), last.get("status"), last.get("detail")]
    text = " ".join(str(word) for word in words if word)
    if delivery["state"] == "held" and delivery["due"]:
        return f"sent {moment(delivery['due'])}, unless it is dropped before"
    if delivery["state"] == "dropped":
        return f"made needless by event {delivery['dropped_by']}"
    if delivery["state"] == "discarded":
        return f"by {delivery['discarded_by']}: {delivery['discarded_for']}"
    if delivery["state"] == "waiting" and delivery["attempts"] and delivery["due"]:
        text += f"; next try {moment(delivery['due'])}"
    return text or None


def _show_delivery(one: dict[str, Any]) -> None:
    for name in ("id", "event", "type", "source", "target", "lane", "state", "reason", "accepted", "due", "settled"):
        if one.get(name) is not None:
            click.echo(f"{name:<9} {clean(one[name])}")
    if one["discarded_by"]:
        click.echo(f"{'discarded':<9} {clean(one['discarded_by'])}: {clean(one['discarded_for'])}")
    for reason in one["reasons"]:
        click.echo(f"{'because':<9} {clean(reason['text'])} ({reason['notification']}, route {reason['route']})")
    click.echo()
    if not one["attempts"]:
        click.echo("No attempt yet.")
        return
    show_table(
        ["attempt", "started", "took", "outcome", "status", "detail"],
        [
            [
                attempt["number"],
                moment(attempt["started"]),
                f"{attempt['duration_s']:.2f} s",
                attempt.get("reason") or attempt["outcome"],
                attempt.get("status"),
                attempt.get("detail"),
            ]
            for attempt in one["attempts"]
        ],
    )


def _show_event(event: dict[str, Any]) -> None:
    from gateway.routing.explain import sentences

    for name in ("id", "type", "source", "subject", "severity", "time", "accepted", "status", "config"):
        if event.get(name) is not None:
            click.echo(f"{name:<9} {clean(event[name])}")
    click.echo("\nData")
    for line in clean_text(json.dumps(event["data"], indent=2, ensure_ascii=False)).splitlines():
        click.echo(f"  {line}")
    click.echo("\nWhy")
    for sentence in sentences(event["explanation"]):
        click.echo(f"  {clean_line(sentence)}")
    if event["deliveries"]:
        click.echo()
        show_deliveries(event["deliveries"])


def _count(event: dict[str, Any]) -> str:
    return str(event["deliveries"]) if event["status"] == "accepted" else event["status"]
