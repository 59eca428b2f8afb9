"""`gateway targets`: lists the targets in trouble, and enables a disabled target again."""

from __future__ import annotations

from urllib.parse import quote

import click

from gateway.cli.client import Client
from gateway.cli.options import Invocation, pass_invocation, settings_options, table_options
from gateway.cli.table import Column, local_time, show_answer, show_rows
from gateway.model import ENGLISH


@click.command()
@click.option("--enable", metavar="NAME", help="Send to this target again.")
@settings_options("url")
@table_options
@pass_invocation
def targets(invocation: Invocation, enable: str | None, format: str, wide: bool) -> None:
    """List the targets in trouble, or enable a disabled one again.

    \b
    disabled         it answered 410 Gone; nothing is sent to it until it is enabled
    needs-attention  it rejects our credentials (401, 403) or does not exist (404): correct its address or secret;
                     messages to it are still tried

    Enabling a target does not send what it missed; its dead letters are replayed by another command:

    \b
    gateway targets
    gateway targets --enable noc-slack
    gateway replay --target noc-slack
    """
    client = Client(invocation)
    if enable is not None:
        answer = client.post(f"/v1/targets/{quote(enable, safe='')}/enable").document
        show_answer(answer, format, f"Messages are sent to {answer['enabled']} again.")
        return
    rows = client.rows("/v1/targets", "targets")
    show_rows(
        rows,
        format,
        "No target is in trouble.",
        [Column("target", is_kept_whole=True), Column("state", is_kept_whole=True), "since", "reason"],
        lambda row: [row["target"], row["state"], local_time(row["since"]), ENGLISH.of_failure(row["reason"] or "")],
        wide=wide,
    )
