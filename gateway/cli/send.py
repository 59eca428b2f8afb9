"""`gateway send` and `gateway explain`: post an event, or ask who would be notified of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import MIN_ERROR, STDIN, Client, fail, fail_with_hint, read_input, refuse
from gateway.cli.deliveries import add_recipients, show_deliveries
from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import Invocation, at_option, pass_invocation, settings_options, table_options
from gateway.cli.program_name import program_name
from gateway.cli.table import Column, clean, clean_line, id_column, local_time, show_json, show_table
from gateway.model import DeliveryState, Severity
from gateway.numbers import counted

POLL_EVERY_S = 0.1
NOT_FOUND = 404


def event_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument TYPE and the options that describe an event."""
    options = [
        click.argument("type"),
        click.option("--data", "data_text", metavar="JSON|@FILE|-", help="The event's data; - reads standard input."),
        click.option("--example", is_flag=True, help="Use the catalogue's example as data."),
        click.option("--id", help="The event's id. An event that is posted twice with one id is sent once."),
        click.option(
            "--severity",
            type=click.Choice([severity.value for severity in Severity]),
            help="Default: the event type's.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@event_options
@click.option("--dry-run", is_flag=True, help="Send nothing, and print what `gateway explain` prints.")
@click.option("--wait", is_flag=True, help="Wait until every delivery is delivered or dead.")
@click.option(
    "--timeout", type=click.FloatRange(0, 86400), default=60, show_default=True, help="The longest wait, in seconds."
)
@settings_options("url")
@table_options
@pass_invocation
def send(
    invocation: Invocation, /, dry_run: bool, wait: bool, timeout: float, format: str, wide: bool, **event: Any
) -> None:
    """Post an event of TYPE to a running gateway and show what became of it.

    Exits 0 when it was accepted (with --wait: delivered everywhere), 1 when it was refused (or not
    delivered), 2 when the gateway could not be reached.

    \b
    gateway send ticket.status_changed --example --wait
    gateway send lead.created --data @lead.json --id lead-4711
    echo '{"ticket": ...}' | gateway send ticket.created --data - --severity warning
    """
    client = Client(invocation)
    document = _event(client, **event)
    if dry_run:
        _explain(client, document, format, wide=wide)
        return
    answer = client.post("/v1/events", document)
    receipt = answer.document
    stored = _await_end(client, receipt["id"], time.monotonic() + timeout) if wait else None
    if format == "json":
        show_json(stored or receipt)
    else:
        _show_status(client, receipt, is_repeated=bool(answer.headers.get("Idempotent-Replayed")))
        if stored:
            if stored["deliveries"]:
                show_deliveries(stored["deliveries"], wide=wide)
        elif receipt["deliveries"]:
            columns = [Column("target", is_kept_whole=True), id_column("delivery")]
            show_table(columns, [[delivery["target"], delivery["id"]] for delivery in receipt["deliveries"]])
    if stored and any(delivery["state"] != DeliveryState.DELIVERED for delivery in stored["deliveries"]):
        sys.exit(REFUSED)


@click.command()
@event_options
@at_option
@click.option("--route", help="Explain only this route.")
@settings_options("url")
@table_options
@pass_invocation
def explain(
    invocation: Invocation, /, at: str | None, route: str | None, format: str, wide: bool, **event: Any
) -> None:
    """Show who would be notified of an event of TYPE, and why. Nothing is stored or sent.

    \b
    gateway explain ticket.status_changed --example
    gateway explain sla.breached --data @breach.json --severity critical
    gateway explain rmm_alert.created --example --at '2026-12-24 03:00'
    gateway explain rmm_alert.created --example --route noc-hears-alerts
    """
    client = Client(invocation)
    _explain(client, _event(client, **event), format, wide=wide, at=at, route=route)


def _event(
    client: Client, type: str, data_text: str | None, example: bool, id: str | None, severity: str | None
) -> dict[str, Any]:
    """The event to post; the program ends if the options do not describe one."""
    if (data_text is None) == (not example):
        fail("give the event's data with --data, or use the catalogue's example with --example", UNUSABLE)
    if data_text is not None:
        data = read_data(data_text)
    else:
        status, answer = client.try_call("GET", "/v1/catalog", parameters={"type": type})
        if status == NOT_FOUND:
            names = [event_type["name"] for event_type in client.rows("/v1/catalog", "events")]
            fail_with_hint(f"there is no event type {type!r}", type, names)
        if status >= MIN_ERROR:
            refuse(answer.document, status)
        data = answer.document["events"][0]["example"]
    optional = {"id": id, "severity": severity}
    return {"type": type, "data": data, **{name: value for name, value in optional.items() if value is not None}}


def read_data(text: str) -> dict[str, Any]:
    """The data that the option `--data` means: a JSON object, or its file. The program ends if it is anything else."""
    is_file = text == STDIN or text.startswith("@")
    place = ("standard input" if text == STDIN else text[1:]) if is_file else "--data"
    try:
        data = json.loads(read_input(text.removeprefix("@")) if is_file else text)
    except RecursionError:
        fail(f"{place} is nested too deeply", UNUSABLE)
    except ValueError as exc:
        fail(f"{place} is not JSON: {exc}", UNUSABLE)
    if not isinstance(data, dict):
        fail(f"{place} must be an object, as the data of an event is", UNUSABLE)
    return data


def _await_end(client: Client, id: str, deadline: float) -> dict[str, Any]:
    """The event once all of its deliveries have ended, or as it is at the deadline."""
    while True:
        event = client.get(f"/v1/events/{quote(id, safe='')}")
        is_over = all(DeliveryState(delivery["state"]).is_final for delivery in event["deliveries"])
        if is_over or time.monotonic() > deadline:
            return event
        time.sleep(POLL_EVERY_S)


def _show_status(client: Client, receipt: dict[str, Any], *, is_repeated: bool) -> None:
    """Prints one line on the event; if it leads to no delivery, also the explanation."""
    number = counted(len(receipt["deliveries"]), "delivery", "deliveries")
    repeated = "; it was posted before, so nothing is sent twice" if is_repeated else ""
    click.echo(f"{receipt['status']} {clean(receipt['id'])}: {number}{repeated}")
    if not receipt["deliveries"]:
        from gateway.routing.explain import sentences

        click.echo("This event leads to no message now:")
        explanation = client.get(f"/v1/events/{quote(receipt['id'], safe='')}")["explanation"]
        for sentence in sentences(explanation):
            click.echo(f"  {clean_line(sentence)}")
        click.echo(f"To see what the gateway will derive from it later: {program_name()} timers")


def _explain(
    client: Client,
    document: dict[str, Any],
    format: str,
    *,
    wide: bool,
    at: str | None = None,
    route: str | None = None,
) -> None:
    preview = client.post("/v1/explain", document, at=at, route=route).document
    if format == "json":
        show_json(preview)
    else:
        show_preview(preview, wide=wide)


def show_preview(preview: dict[str, Any], *, wide: bool) -> None:
    """Prints who would be notified and why; *preview* is the answer of `/v1/explain`."""
    from gateway.routing.explain import sentences

    for sentence in sentences(preview["explanation"]):
        click.echo(clean_line(sentence))
    click.echo()
    if preview["deliveries"]:
        deliveries = preview["deliveries"]
        columns: list[str | Column] = [Column("target", is_kept_whole=True)]
        rows: list[list[Any]] = [
            [delivery["target"] + (f" (held {delivery['delay_s']:g} s)" if delivery["delay_s"] else "")]
            for delivery in deliveries
        ]
        add_recipients(columns, rows, deliveries)
        for row, delivery in zip(rows, deliveries, strict=True):
            row.append("; ".join(dict.fromkeys(reason["text"] for reason in delivery["reasons"])))
            row.append(", ".join(dict.fromkeys(reason["route"] for reason in delivery["reasons"])))
        show_table([*columns, "reason", "route"], rows, wide=wide)
    else:
        click.echo("Nobody would be notified now." if preview["later"] else "Nobody would be notified.")
    if preview["later"]:
        click.echo()
        rows = [
            [
                local_time(event["time"]),
                event["type"],
                event["lead"],
                ", ".join(event["targets"]) or "nobody",
                "; ".join(event["reasons"]),
            ]
            for event in preview["later"]
        ]
        show_table(["later", "event", "when", "targets", "reason"], rows, wide=wide)
