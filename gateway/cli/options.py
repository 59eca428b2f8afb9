"""Options that set what else an environment variable would, and the settings that come of both."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import click

from gateway.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS_OPTIONS = {
    "config": ("GATEWAY_CONFIG", "FOLDER", "Configuration folder; default: this one, else the shipped example."),
    "data": ("GATEWAY_DATA", "FOLDER", "Data folder; default: ./data."),
    "redis-url": ("REDIS_URL", "URL", "The ledger's server; default: an embedded one."),
    "bind": ("GATEWAY_BIND", "HOST:PORT", "Address to listen on; default: 127.0.0.1:8080. Port 0: any free one."),
    "workers": ("GATEWAY_WORKERS", "N", "Worker processes; default: 2."),
    "url": ("GATEWAY_URL", "URL", "The gateway to talk to; default: the one that runs on the data folder."),
}
"""By flag: the variable it sets, what it takes, its help."""


class Invocation:
    """What one call of the command line was told: the environment, and the flags over it."""

    def __init__(self) -> None:
        self.environ = dict(os.environ)

    @cached_property
    def settings(self) -> Settings:
        """Raises: SettingInvalid."""
        return Settings.from_environ(self.environ)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def settings_options(*flags: str) -> Callable[[F], F]:
    """Gives a command the options *flags*; what they are told is in the invocation's environment."""

    def decorate(command: F) -> F:
        for flag in reversed(flags):
            variable, metavar, help = SETTINGS_OPTIONS[flag]
            command = click.option(
                f"--{flag}",
                metavar=metavar,
                help=f"{help} [{variable}]",
                expose_value=False,
                callback=_remember(variable),
            )(command)
        return command

    return decorate


def _remember(variable: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
        if value is not None:
            ctx.ensure_object(Invocation).environ[variable] = value

    return callback


def format_option(command: F) -> F:
    """`--format table|json` as the argument `format`."""
    return click.option(
        "--format",
        "format",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="For people or for programs.",
    )(command)
