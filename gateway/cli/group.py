"""The command group: imports only the command that is called, and turns errors into exit codes."""

from __future__ import annotations

import errno
import importlib
import io
import sys
from typing import Any

import click

from gateway import __version__
from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import settings_options
from gateway.errors import ConfigInvalid, ConfigUnreadable, GatewayError, SettingInvalid
from gateway.numbers import counted
from gateway.suggestions import nearest

COMMANDS = {
    "up": ("up", "Run the whole gateway on this machine."),
    "serve": ("serve", "Run the web server only."),
    "worker": ("processes", "Run one worker only."),
    "dispatch": ("processes", "Run one dispatcher only."),
    "check": ("check", "Check a configuration folder."),
    "schema": ("schema", "Write the JSON Schemas of the YAML files for your editor."),
    "catalog": ("catalog", "List the event types and their notifications."),
    "preview": ("preview", "Show a message as a service would get it."),
    "send": ("send", "Post an event to a running gateway."),
    "explain": ("send", "Show who would be notified of an event, and why."),
    "map": ("map", "Show what a mapping makes of a foreign payload."),
    "status": ("status", "Show whether the gateway works, what is wrong, and what to do."),
    "events": ("events", "List events, or show one with its deliveries and why."),
    "deliveries": ("deliveries", "List deliveries, or show one with its attempts."),
    "lanes": ("lanes", "List the lanes (waiting lines), and which are stopped."),
    "targets": ("targets", "List targets in trouble, or enable one again."),
    "people": ("people", "List the people and their names, and who is named by events but not known."),
    "timers": ("timers", "List the timers that are set, or cancel one."),
    "oncall": ("oncall", "Show who is on call and when, or override it."),
    "replay": ("dead_letters", "Send dead deliveries again."),
    "discard": ("dead_letters", "Put dead deliveries aside for good."),
    "unmapped": ("unmapped", "List the bodies that no mapping could use; replay or drop them."),
    "inbox": ("inbox", "Show the messages of the local inbox."),
    "token": ("token", "Make a token for a source."),
}
"""For each command, the module that defines it and its line in the overview."""


OTHER_WORDS = {
    "dead": "gateway deliveries --state dead",
    "dead-letters": "gateway deliveries --state dead",
    "retry": "gateway replay",
    "directory": "gateway people",
    "users": "gateway people",
}
"""Other words that people try for a command, and the command they mean."""


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"gateway.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = nearest(name, COMMANDS, most=1)
            meant = OTHER_WORDS.get(name) or (near[0] if near else None)
            hint = f" Did you mean {meant!r}?" if meant else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. An error that a user can correct is shown as a sentence; a traceback appears only for
        defects of the gateway."""
        try:
            return super().invoke(ctx)
        except ConfigInvalid as exc:
            for problem in exc.problems:
                click.echo(str(problem), err=True)
            click.echo(f"{counted(len(exc.problems), 'problem')} in the configuration.", err=True)
            sys.exit(REFUSED)
        except GatewayError as exc:
            click.echo(f"Error: {exc}", err=True)
            sys.exit(UNUSABLE if isinstance(exc, (ConfigUnreadable, SettingInvalid)) else REFUSED)
        except BrokenPipeError:
            raise  # click then ends the program quietly when the reader of its output has gone
        except UnicodeEncodeError:
            click.echo("Error: an argument is not text in UTF-8.", err=True)
            sys.exit(UNUSABLE)
        except OSError as exc:
            # An error that names no file, on a disk that is not full, is a defect of the gateway: it gets a traceback.
            if exc.filename is None and exc.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            place = f"{exc.filename}: " if exc.filename else ""
            click.echo(f"Error: {place}{exc.strerror or exc}", err=True)
            sys.exit(UNUSABLE)


def show_all_characters() -> None:
    """Escapes characters that the terminal's encoding does not have; Python would raise an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@click.group(
    "gateway",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success; 1 refused or failed; 2 wrong usage, unreadable file or unreachable gateway.",
)
@click.version_option(__version__, prog_name="gateway")
@settings_options("config", "data", "redis-url")
def main() -> None:
    """A notification gateway: services post events over HTTP; YAML files say who is notified of them, and where.

    \b
    gateway up                                        run it, on the shipped example
    gateway send ticket.status_changed --example      post an event (in another terminal)
    gateway inbox                                     see what arrived
    gateway check                                     check your own catalog.yaml and routes/

    Every setting is also an environment variable: docs/operations.md lists them all.
    """
    show_all_characters()
