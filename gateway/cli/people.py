"""`gateway people`: the people of the directory with their identities, and people who are named by events but not
known."""

from __future__ import annotations

import click

from gateway.cli.client import Client
from gateway.cli.options import Invocation, pass_invocation, settings_options, table_options
from gateway.cli.table import Column, clean_line, local_time, show_json, show_table, time_column


@click.command()
@click.option("--unknown", is_flag=True, help="Only people whom events named and the directory does not have.")
@settings_options("url")
@table_options
@pass_invocation
def people(invocation: Invocation, unknown: bool, format: str, wide: bool) -> None:
    """List the people of the directory, and those whom events named but the directory does not have.

    A person is recognised by the key in the YAML, by the full name, and by every identity; an identity
    <source>:<id> counts for that source only. To make an unknown person known, add the identity that is shown to
    a person in `people` or in the file of `directory`.

    \b
    gateway people
    gateway people --unknown
    gateway people --format json
    """
    document = Client(invocation).lists("/v1/people", ["people", "unknown"])
    if unknown:
        document = {**document, "people": []}
    if format == "json":
        show_json(document)
        return
    if document["people"]:
        show_table(
            [Column("person", is_kept_whole=True), "name", "known as", "contacts"],
            [
                [
                    person["name"],
                    person["full_name"],
                    ", ".join(name for name in person["identities"] if name != person["name"]),
                    ", ".join(f"{to['kind']} {to['recipient'] or to['service']}" for to in person["contacts"]),
                ]
                for person in document["people"]
            ],
            wide=wide,
        )
        click.echo()
    elif not unknown:
        click.echo("The configuration has no people.")
    if not document["unknown"]:
        click.echo("The directory has everybody whom events have named.")
        return
    click.echo("Named by events, but not in the directory:")
    show_table(
        [Column("named as", is_kept_whole=True), "role", "source", "events", time_column("last")],
        [
            [" / ".join(row["identities"]), row["role"], row["source"], row["count"], local_time(row["last"])]
            for row in document["unknown"]
        ],
        wide=wide,
    )
    for row in document["unknown"]:
        if row["namesakes"]:
            click.echo(clean_line(f"{' and '.join(row['namesakes'])} have the name {' / '.join(row['identities'])}."))
