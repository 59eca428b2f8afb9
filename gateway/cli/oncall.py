"""`gateway oncall`: who is on call, the shifts to come, and overrides."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.ids import whole_id
from gateway.cli.options import Invocation, at_option, format_option, pass_invocation, settings_options, table_options
from gateway.cli.table import Column, clean_line, local_time, show_answer, show_json, show_table


class _ShowFirst(click.Group):
    """`gateway oncall [ROTATION]` runs `show`, unless the first word is one of the other commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_help = args[:1] in (["-h"], ["--help"])
        if not is_help and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ShowFirst)
def oncall() -> None:
    """Show who is on call, now and in the weeks to come, or override it.

    \b
    gateway oncall
    gateway oncall noc --for 2w
    gateway oncall noc --at '2026-12-24 03:00' --explain
    gateway oncall override noc --person cara --start '2026-12-24 09:00' --end '2026-12-26 09:00'
    gateway oncall remove noc 4f2a91c0b7kq
    """


@oncall.command()
@click.argument("rotation", required=False)
@at_option
@click.option("--for", "span", metavar="DURATION", help="How far ahead to show shifts; default: 4w.")
@click.option("--person", help="Only the shifts of this person.")
@click.option("--explain", is_flag=True, help="Show each layer and override with its reason.")
@settings_options("url")
@table_options
@pass_invocation
def show(
    invocation: Invocation,
    rotation: str | None,
    at: str | None,
    span: str | None,
    person: str | None,
    explain: bool,
    format: str,
    wide: bool,
) -> None:
    """Show who is on call in every rotation, or the shifts of ROTATION."""
    client = Client(invocation)
    if rotation is None:
        answer = client.get("/v1/oncall", at=at)
        if format == "json":
            show_json(answer)
        elif not answer["rotations"]:
            click.echo("The configuration has no rotations: docs/oncall.md shows how to write one.")
        else:
            rows = []
            for row in answer["rotations"]:
                upcoming = row["next"]
                following = [_names(upcoming["people"]), local_time(upcoming["start"])] if upcoming else [None, None]
                rows.append([row["rotation"], _names(row["people"]), row["why"], *following])
            show_table([Column("rotation", is_kept_whole=True), "on call", "why", "next", "from"], rows, wide=wide)
        return
    plan = client.get(f"/v1/oncall/{quote(rotation, safe='')}", at=at, span=span, person=person)
    if format == "json":
        show_json(plan)
        return
    click.echo(clean_line(f"{_names(plan['people'])} is on call in {plan['rotation']}: {plan['why']}"))
    if explain:
        for line in plan["layers"]:
            click.echo(clean_line(f"  {line}"))
    click.echo()
    rows = [
        [local_time(shift["start"]), local_time(shift["end"]), _names(shift["people"]), shift["why"]]
        for shift in plan["shifts"]
    ]
    show_table(["from", "to", "on call", "why"], rows, wide=wide)
    if plan["overrides"]:
        click.echo()
        rows = [
            [stored["id"], local_time(stored["start"]), local_time(stored["end"]), _change(stored), stored["author"]]
            for stored in plan["overrides"]
        ]
        show_table([Column("override", is_kept_whole=True), "from", "to", "what", "made by"], rows, wide=wide)


@oncall.command()
@click.argument("rotation")
@click.option("--person", help="Who is on call instead.")
@click.option("--replaces", metavar="PERSON", help="Replace only this person, while they would be on call.")
@click.option("--joins", is_flag=True, help="In addition to whoever is on call.")
@click.option("--absent", metavar="PERSON", help="Who is absent; given in place of --person.")
@click.option("--start", required=True, metavar="TIME", help="'2026-12-24 09:00', in the file's timezone.")
@click.option("--end", required=True, metavar="TIME", help="Up to, and not including, this time.")
@settings_options("url")
@format_option
@pass_invocation
def override(invocation: Invocation, /, rotation: str, joins: bool, format: str, **change: str | None) -> None:
    """Override who is on call in ROTATION for a while. It takes effect at once, and survives a restart."""
    document: dict[str, Any] = {key: value for key, value in change.items() if value is not None}
    if joins:
        document["joins"] = True
    stored = Client(invocation).post(f"/v1/oncall/{quote(rotation, safe='')}/overrides", document).document
    show_answer(stored, format, f"Override {stored['id']}: {describe(stored)} in {rotation}.")


@oncall.command()
@click.argument("rotation")
@click.argument("id")
@settings_options("url")
@format_option
@pass_invocation
def remove(invocation: Invocation, rotation: str, id: str, format: str) -> None:
    """Remove the override ID of ROTATION. An override in the YAML can only be removed there."""
    client = Client(invocation)
    id = whole_id(client, "override", id)
    path = f"/v1/oncall/{quote(rotation, safe='')}/overrides/{quote(id, safe='')}"
    removed = client.call("DELETE", path).document
    show_answer(removed, format, f"Removed override {removed['id']}: {describe(removed)}.")


def describe(override: dict[str, Any]) -> str:
    """`cara takes over from 2026-12-24 09:00:00 to 2026-12-26 09:00:00`."""
    change = _change(override)
    return f"{change} from {local_time(override['start'])} to {local_time(override['end'])}"


def _change(override: dict[str, Any]) -> str:
    """`cara takes over`."""
    if override.get("absent"):
        return f"{override['absent']} is absent"
    if override.get("replaces"):
        return f"{override['person']} replaces {override['replaces']}"
    return f"{override['person']} {'joins' if override.get('joins') else 'takes over'}"


def _names(people: list[str]) -> str:
    return " and ".join(people) or "nobody"
