"""`gateway unmapped`: lists, shows, replays and drops bodies that no mapping could use."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.exit_codes import REFUSED
from gateway.cli.options import Invocation, limit_option, pass_invocation, settings_options, table_options
from gateway.cli.table import clean_line, clean_text, id_column, local_time, show_json, show_rows, time_column

SENTENCES = {
    "accepted": "became {events}",
    "ignored": "is now ignored by a rule, and was removed",
    "dropped": "is dropped",
    "unmapped": "is still unmapped: {why}",
}
"""By status: what became of a body that was replayed or dropped."""


@click.command()
@click.argument("id", metavar="[ID]", required=False)
@click.option("--source", help="Only bodies of this source.")
@limit_option
@click.option(
    "--replay", "action", flag_value="replay", help="Map the body, or all that match, again with the current mapping."
)
@click.option("--drop", "action", flag_value="drop", help="Delete the body, or all that match.")
@settings_options("url")
@table_options
@pass_invocation
def unmapped(
    invocation: Invocation,
    /,
    id: str | None,
    source: str | None,
    limit: int,
    action: str | None,
    format: str,
    wide: bool,
) -> None:
    """List the request bodies that no mapping could use, newest first; or show, replay or drop them.

    \b
    gateway unmapped                          what waits, and why
    gateway unmapped 5c1e8f0a9b7d6c5e4f3a2b1c a body with its headers, and what is wrong
    gateway unmapped --source ninja --replay  after the mapping was corrected
    gateway unmapped 5c1e8f0a9b7d6c5e4f3a2b1c --drop
    """
    client = Client(invocation)
    if action is None and id is not None:
        _show_one(client.get(f"/v1/unmapped/{quote(id, safe='')}"), format)
        return
    if action is None:
        show_rows(
            client.rows("/v1/unmapped", "unmapped", limit=limit, source=source),
            format,
            "There is no unmapped body.",
            [time_column("received"), "source", "reason", id_column("id"), "why"],
            lambda row: [local_time(row["received"]), row["source"], row["reason"], row["id"], row["why"]],
            wide=wide,
        )
        return
    if id is None and source is None:
        raise click.UsageError("Name a body by its ID, or all of a source by --source.")
    ids = [id] if id is not None else _all_of(client, str(source))
    results = [_change(client, body_id, action) for body_id in ids]
    if format == "json":
        show_json(results)
    else:
        for result in results:
            events = " and ".join(result.get("events", ()))
            sentence = SENTENCES[result["status"]].format(events=events, why=result.get("why"))
            click.echo(clean_line(f"{result['id']} {sentence}."))
        if not results:
            click.echo("There is no unmapped body.")
    if any(result["status"] == "unmapped" for result in results):
        sys.exit(REFUSED)


def _all_of(client: Client, source: str) -> list[str]:
    """The ids of all bodies of *source*, oldest first, so that their events are replayed in the order they came."""
    ids: list[str] = []
    before: str | None = None
    # The end of a page never divides the bodies of one millisecond, so that its time is a safe bound for the next page.
    while rows := client.rows("/v1/unmapped", "unmapped", limit=500, source=source, before=before):
        ids += [row["id"] for row in rows]
        before = rows[-1]["received"]
    return list(reversed(ids))


def _change(client: Client, id: str, action: str) -> dict[str, Any]:
    """Replays or drops a body. Returns its id, and the result as `status`."""
    path = f"/v1/unmapped/{quote(id, safe='')}"
    if action == "replay":
        return client.post(f"{path}/replay").document
    client.call("DELETE", path)
    return {"id": id, "status": "dropped"}


def _show_one(document: dict[str, Any], format: str) -> None:
    if format == "json":
        show_json(document)
        return
    click.echo(clean_line(f"{document['source']}, {local_time(document['received'])}: {document['why']}"))
    for problem in document["problems"]:
        place = f"{problem['at']} " if "at" in problem else ""
        pointer = f"{problem['pointer']}: " if problem.get("pointer") else ""
        hint = f" - {problem['hint']}" if "hint" in problem else ""
        click.echo(clean_line(f"  {place}{pointer}{problem['detail']}{hint}"))
    for name, value in sorted(document["headers"].items()):
        click.echo(clean_line(f"{name}: {value}"))
    click.echo()
    click.echo(clean_text(document.get("body") or f"(base64) {document.get('body_base64', '')}"))
