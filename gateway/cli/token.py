"""`gateway token`: a new token for a source."""

from __future__ import annotations

import re

import click

from gateway.cli.tokens import new_token, token_hash

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def _source_name(ctx: click.Context, param: click.Parameter, value: str) -> str:  # noqa: ARG001 - click's signature
    if not NAME.fullmatch(value):
        raise click.BadParameter("use lower-case letters, digits, '-' and '_'")
    return value


@click.command()
@click.argument("name", default="my-source", callback=_source_name)
def token(name: str) -> None:
    """Make a token for the source NAME. It is shown once; the configuration keeps its hash only.

    \b
    gateway token psa
    """
    secret = new_token()
    click.echo(f"The token, shown only this once. Give it to the source:\n\n  {secret}\n")
    click.echo("What to write into a file in routes/ (narrow the events as you like):\n")
    click.echo(f'sources:\n  {name}: {{events: ["*"], tokens: ["{token_hash(secret)}"]}}')
