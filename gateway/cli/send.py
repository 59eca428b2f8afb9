"""`gateway send` and `gateway explain`: post an event, or ask what it would lead to."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client, clean_line, fail, refuse
from gateway.cli.events import show_deliveries
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import clean, moment, show_json, show_table
from gateway.model import DeliveryState, Severity
from gateway.suggestions import nearest

REFUSED, USAGE = 1, 2
LOOK_EVERY_S = 0.1


def event_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument TYPE and the options that make an event."""
    options = [
        click.argument("type"),
        click.option("--data", "data_text", metavar="JSON|@FILE|-", help="The event's data; - reads standard input."),
        click.option("--example", is_flag=True, help="The catalogue's example as data."),
        click.option("--id", help="The event's id: the same one again is not sent twice."),
        click.option(
            "--severity", type=click.Choice([one.value for one in Severity]), help="Default: the event type's."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@event_options
@click.option("--dry-run", is_flag=True, help="Send nothing: what `gateway explain` says.")
@click.option("--wait", is_flag=True, help="Wait until every delivery is delivered or dead.")
@click.option(
    "--timeout", type=click.FloatRange(0, 86400), default=60, show_default=True, help="Longest wait, seconds."
)
@settings_options("url")
@format_option
@pass_invocation
def send(invocation: Invocation, /, dry_run: bool, wait: bool, timeout: float, format: str, **event: Any) -> None:
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
        _explain(client, document, format)
        return
    answer = client.post("/v1/events", document)
    receipt = answer.document
    if not wait:
        _show_receipt(receipt, is_replayed=_is_replayed(answer.headers), format=format)
        return
    found = _wait(client, receipt["id"], time.monotonic() + timeout)
    if format == "json":
        show_json(found)
    else:
        _show_status(receipt, is_replayed=_is_replayed(answer.headers))
        show_deliveries(found["deliveries"])
    if any(delivery["state"] != "delivered" for delivery in found["deliveries"]):
        sys.exit(REFUSED)


@click.command()
@event_options
@settings_options("url")
@format_option
@pass_invocation
def explain(invocation: Invocation, /, format: str, **event: Any) -> None:
    """Show who would hear of an event of TYPE, and why. Nothing is stored and nothing is sent.

    \b
    gateway explain ticket.status_changed --example
    gateway explain sla.breached --data @breach.json --severity critical
    """
    client = Client(invocation)
    _explain(client, _event(client, **event), format)


def _event(
    client: Client, type: str, data_text: str | None, example: bool, id: str | None, severity: str | None
) -> dict[str, Any]:
    if (data_text is None) == (not example):
        fail("give the event's data with --data, or take the catalogue's with --example", USAGE)
    document: dict[str, Any] = {"type": type, "data": _example(client, type) if example else _data(data_text or "")}
    if id is not None:
        document["id"] = id
    if severity is not None:
        document["severity"] = severity
    return document


def _data(text: str) -> Any:
    where = "--data"
    try:
        if text == "-":
            where, text = "standard input", sys.stdin.read()
        elif text.startswith("@"):
            where = text[1:]
            text = Path(where).read_text("utf-8")
        return json.loads(text)
    except OSError as exc:
        fail(f"{where}: {exc.strerror}", USAGE)
    except ValueError as exc:
        fail(f"{where} is not JSON: {exc}", USAGE)


def _example(client: Client, type: str) -> Any:
    status, answer = client.try_call("GET", "/v1/catalog", parameters={"type": type})
    if status == 404:
        names = [event["name"] for event in client.get("/v1/catalog")["events"]]
        near = " or ".join(repr(name) for name in nearest(type, names, most=2))
        fail(f"there is no event type {type!r}{f' - did you mean {near}?' if near else ''}", REFUSED)
    if status >= 400:
        refuse(answer.document, status)
    return answer.document["events"][0]["example"]


def _is_replayed(headers: Any) -> bool:
    return bool(headers.get("Idempotent-Replayed"))


def _wait(client: Client, id: str, deadline: float) -> dict[str, Any]:
    """The event as it is when nothing more will happen, or at the deadline."""
    path = f"/v1/events/{quote(id, safe='')}"
    while True:
        found = client.get(path)
        is_final = all(DeliveryState(delivery["state"]).is_final for delivery in found["deliveries"])
        if is_final or time.monotonic() > deadline:
            return found
        time.sleep(LOOK_EVERY_S)


def _show_receipt(receipt: dict[str, Any], *, is_replayed: bool, format: str) -> None:
    if format == "json":
        show_json(receipt)
        return
    _show_status(receipt, is_replayed=is_replayed)
    if receipt["deliveries"]:
        show_table(["target", "delivery"], [[one["target"], one["id"]] for one in receipt["deliveries"]])


def _show_status(receipt: dict[str, Any], *, is_replayed: bool) -> None:
    count = len(receipt["deliveries"])
    again = ", as before: nothing is sent twice" if is_replayed else ""
    click.echo(
        f"{receipt['status']} {clean(receipt['id'])}: {count} {'delivery' if count == 1 else 'deliveries'}{again}"
    )
    if not count:
        click.echo("Nobody hears of it now. Why: gateway events " + clean(receipt["id"]))


def _explain(client: Client, document: dict[str, Any], format: str) -> None:
    from gateway.routing.explain import sentences

    found = client.post("/v1/explain", document).document
    if format == "json":
        show_json(found)
        return
    for sentence in sentences(found["explanation"]):
        click.echo(clean_line(sentence))
    click.echo()
    if found["deliveries"]:
        show_table(["target", "would hear because", "route"], [_planned(one) for one in found["deliveries"]])
    else:
        click.echo("Nobody would hear of it now." if found["later"] else "Nobody would hear of it.")
    if found["later"]:
        click.echo()
        show_table(["later", "event", "when", "would hear", "because"], [_later(one) for one in found["later"]])


def _planned(delivery: dict[str, Any]) -> list[str]:
    held = f" (held {delivery['delay_s']:g} s)" if delivery["delay_s"] else ""
    return [
        delivery["target"] + held,
        "; ".join(dict.fromkeys(reason["text"] for reason in delivery["reasons"])),
        ", ".join(dict.fromkeys(reason["route"] for reason in delivery["reasons"])),
    ]


def _later(made: dict[str, Any]) -> list[str]:
    """One event that the gateway will make: when, which, and whom it will reach."""
    targets = ", ".join(made["targets"]) or "nobody"
    return [moment(made["time"]), made["type"], made["lead"], targets, "; ".join(made["reasons"])]
