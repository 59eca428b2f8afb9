"""`gateway token`: makes a new token for a source."""

from __future__ import annotations

import re

import click

from gateway.cli.tokens import new_token, token_hash

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@click.command()
@click.argument("name", default="my-source")
def token(name: str) -> None:
    """Make a token for the source NAME. It is shown once; the configuration stores only its hash.

    \b
    gateway token psa
    """
    if not NAME.fullmatch(name):
        raise click.BadParameter("use lower-case letters, digits, '-' and '_'", param_hint="NAME")
    secret = new_token()
    click.echo(f"The token, shown only this once. Give it to the source:\n\n  {secret}\n")
    click.echo("Add this to a file in routes/, and narrow `events` as you like:\n")
    click.echo(f'sources:\n  {name}: {{events: ["*"], tokens: ["{token_hash(secret)}"]}}')
