"""`gateway status`: shows on one screen whether the gateway works."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from gateway.cli.client import Client
from gateway.cli.exit_codes import REFUSED
from gateway.cli.options import Invocation, pass_invocation, settings_options, table_options
from gateway.cli.table import Column, clean, clean_line, local_time, show_json, show_table
from gateway.model import ENGLISH
from gateway.numbers import counted

WATCH_EVERY_S = 2.0
TIMEOUT_S = 10.0
"""How long the web server may take. It answers within a few seconds even when it waits for the ledger in vain."""
HEADINGS = {
    "ready": ("The gateway works.", "green"),
    "degraded": ("Something is wrong.", "yellow"),
    "unavailable": ("The gateway accepts no events.", "red"),
}
MAX_LANES = 10
"""How many lanes in trouble are listed; `gateway lanes` lists all."""


@click.command()
@click.option("--watch", "-w", is_flag=True, help="Keep running, and refresh every two seconds.")
@settings_options("url")
@table_options
@pass_invocation
def status(invocation: Invocation, watch: bool, format: str, wide: bool) -> None:
    """Show whether the gateway works: what is wrong and what to do, what runs, and what waits.

    It exits with 1 when something is wrong, and with 2 when the web server does not answer within 10 seconds.

    \b
    gateway status
    gateway status --watch
    gateway status --format json
    """
    client = Client(invocation, timeout_s=TIMEOUT_S)
    while True:
        document = client.get("/v1/status")
        if watch:
            click.clear()
        if format == "json":
            show_json(document)
        else:
            _show(document, wide=wide)
        if not watch:
            break
        sys.stdout.flush()
        time.sleep(WATCH_EVERY_S)
    if document["status"] != "ready":
        sys.exit(REFUSED)


def _show(document: Mapping[str, Any], *, wide: bool) -> None:
    heading, color = HEADINGS.get(document["status"], (document["status"], "yellow"))
    click.secho(heading, fg=color, bold=True)
    for reason in document["reasons"]:
        click.echo()
        click.secho(clean_line(f"  {reason['text']}"), bold=True)
        click.echo(clean_line(f"  {reason['cure']}"))
        for name in reason["about"]:
            click.echo(clean_line(f"    {name}"))
    if document["lanes"]:
        click.echo()
        _show_lanes(document["lanes"], wide=wide)
    if document["targets"]:
        click.echo()
        show_table(
            [Column("target in trouble", is_kept_whole=True), "state", "since", "reason"],
            [
                [target["target"], target["state"], local_time(target["since"]), ENGLISH.of_failure(target["reason"])]
                for target in document["targets"]
            ],
            wide=wide,
        )
    if document["processes"]:
        click.echo()
        _show_processes(document["processes"], wide=wide)
    click.echo()
    for label, text in _figures(document):
        click.echo(f"{label:<14}{clean(text)}")


def _show_lanes(lanes: Sequence[Mapping[str, Any]], *, wide: bool) -> None:
    rows = []
    for lane in lanes[:MAX_LANES]:
        until, oldest = local_time(lane["until"]), local_time(lane["oldest"])
        rows.append([lane["lane"], lane["state"], until, lane["waiting"], oldest, lane["failed_in_a_row"]])
    name = Column("lane in trouble", is_kept_whole=True)
    show_table([name, "state", "until", "waiting", "oldest due", "failed in a row"], rows, wide=wide)
    if len(lanes) > MAX_LANES:
        click.echo(f"and {len(lanes) - MAX_LANES} more: gateway lanes")


def _show_processes(processes: Sequence[Mapping[str, Any]], *, wide: bool) -> None:
    rows = []
    for process in processes:
        # How long ago the process was last seen, by this machine's clock.
        age_s = max(0, (datetime.now(UTC) - datetime.fromisoformat(process["last"])).total_seconds())
        seen = f"{age_s:.0f} s ago" if age_s < 120 else local_time(process["last"])
        problems = f" ({process['problems']} problems)" if process["problems"] else ""
        config = f"{process['config']}{problems}" if problems else process["config"]
        facts = [process["name"], process["kind"], process["host"], process["state"]]
        rows.append([*facts, seen, local_time(process["since"]), config, process["version"]])
    show_table(["process", "kind", "host", "state", "last seen", "since", "configuration", "version"], rows, wide=wide)


def _figures(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each line in the last part."""
    figures = []
    if (backlog := document["backlog"]) is not None:
        oldest = f"; the oldest has been due since {local_time(backlog['oldest'])}" if backlog["oldest"] else ""
        text = f"{backlog['waiting']:,} waiting, {backlog['under_way']:,} under way, {backlog['dead']:,} dead{oldest}"
        figures.append(("messages", text))
    if (timers := document["timers"]) is not None:
        figures.append(("next timer", local_time(timers["next"]) if timers["next"] else "none is set"))
    for row in document["configurations"]:
        problems = f", {row['problems']} problems in its files" if row["problems"] else ""
        since = f"since {local_time(row['since'])}"
        processes = counted(row["processes"], "process", "processes")
        figures.append(("configuration", f"{row['digest']} on {row['host']} in {processes} {since}{problems}"))
    if (memory := document["memory"]) is not None:
        share, then = memory["used_share"], memory["share_when_delivered"]
        figures.append(("memory", f"{share:.1%} of the ledger's server, {then:.1%} once all that waits is sent"))
    figures.append(("durability", document["durability"]))
    return figures
