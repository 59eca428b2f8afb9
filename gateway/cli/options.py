"""Command-line options that set environment variables, and the settings read from both."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC
from functools import cached_property, partial
from typing import Any, TypeVar

import click

from gateway.cli.table import clean
from gateway.settings import Settings
from gateway.times import moment_of

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS_OPTIONS = {
    "config": (
        "GATEWAY_CONFIG",
        "FOLDER",
        "Configuration folder; default: the current folder, else the shipped example.",
    ),
    "data": ("GATEWAY_DATA", "FOLDER", "Data folder; default: ./data."),
    "redis-url": ("REDIS_URL", "URL", "The ledger's server; default: an embedded one."),
    "bind": ("GATEWAY_BIND", "HOST:PORT", "Address to listen on; default: 127.0.0.1:8080. Port 0: any free one."),
    "workers": ("GATEWAY_WORKERS", "N", "Number of worker processes; default: 2."),
    "url": ("GATEWAY_URL", "URL", "The gateway to call; default: the one that uses the data folder."),
}
"""For each flag: the variable that it sets, the name of its value, and its help."""


class Invocation:
    """The environment of one call of the command line; the given flags are added as variables."""

    def __init__(self) -> None:
        self.environ = dict(os.environ)

    @cached_property
    def settings(self) -> Settings:
        """Raises: SettingInvalid."""
        return Settings.from_environ(self.environ)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _check_time(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001 - the signature of click's callbacks
    if value is not None and moment_of(value, UTC) is None:
        message = f"{clean(value)} is not a time. Write '2026-12-24 09:00' for the file's timezone"
        raise click.BadParameter(f"{message}, or 2026-12-24T09:00:00Z for a time with its offset.")
    return value


at_option = click.option(
    "--at",
    metavar="TIME",
    callback=_check_time,
    help="At this time instead of now: '2026-12-24 09:00', in the file's timezone.",
)


def settings_options(*flags: str) -> Callable[[F], F]:
    """Gives a command the options *flags*; each sets its variable in the environment of the invocation."""

    def decorate(command: F) -> F:
        for flag in reversed(flags):
            variable, metavar, help = SETTINGS_OPTIONS[flag]
            command = click.option(
                f"--{flag}",
                metavar=metavar,
                help=f"{help} [{variable}]",
                expose_value=False,
                callback=partial(_set_variable, variable),
            )(command)
        return command

    return decorate


def _set_variable(variable: str, ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001 - the signature of click's callbacks
    if value is not None:
        ctx.ensure_object(Invocation).environ[variable] = value


def format_option(command: F) -> F:
    """`--format table|json` as the argument `format`."""
    return click.option(
        "--format",
        "format",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="A table for people, or JSON for programs.",
    )(command)


def table_options(command: F) -> F:
    """`--format` and `--wide` as the arguments `format` and `wide`."""
    wide = click.option("--wide", is_flag=True, help="Do not cut or shorten cells, however wide the table becomes.")
    return format_option(wide(command))


def range_options(command: F) -> F:
    """`--before` and `--after` as the arguments `before` and `after`."""
    for name, meaning in (("after", "Only entries newer"), ("before", "Only entries older")):
        help = f"{meaning} than this time, or than the entry with this cursor (see --format json)."
        command = click.option(f"--{name}", metavar="TIME", help=help)(command)
    return command


limit_option = click.option(
    "--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="The largest number of rows."
)
