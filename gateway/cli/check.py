"""`gateway check`: is this configuration right?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import is_builtin

if TYPE_CHECKING:
    from gateway.model import Config, Problem


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@settings_options("config")
@format_option
@pass_invocation
def check(invocation: Invocation, folder: Path | None, format: str) -> None:
    """Check a configuration folder: catalog.yaml, routes/*.yaml, schemas/.

    Prints every problem at once, as FILE:LINE:COLUMN PATH: MESSAGE. Secrets must be set as they are for
    the gateway itself. Exits 0 when all is fine, 1 with problems, 2 when the folder cannot be read.

    \b
    gateway check
    gateway check ./noc --format json
    """
    try:
        where, config = checked(invocation, folder)
    except ConfigUnreadable as exc:
        if format == "json":
            show_json({"ok": False, "error": str(exc), "problems": []})
            sys.exit(2)
        raise
    except ConfigInvalid as exc:
        if format == "json":
            show_json({"ok": False, "problems": [_document(problem) for problem in exc.problems]})
            sys.exit(1)
        raise
    if format == "json":
        show_json({"ok": True, "folder": str(where), "digest": config.digest, "counts": counts(config), "problems": []})
    else:
        click.echo(f"{where}: fine - {summary(config)}")


def checked(invocation: Invocation, folder: Path | None) -> tuple[Path, Config]:
    """The configuration folder and what it says, addresses checked as well.

    Raises: ConfigUnreadable, ConfigInvalid.
    """
    from gateway.config.load import find_folder, load
    from gateway.sending.services import AppriseServices

    where = find_folder(folder or invocation.settings.config_folder)
    return where, load(where, invocation.environ, AppriseServices())


def counts(config: Config) -> dict[str, int]:
    """What the files say; what the gateway tells of itself is not counted."""
    events = [one for one in config.catalog.events.values() if not is_builtin(one.name)]
    facts = sum(one.is_fact for one in events)
    return {
        "event types": len(events) - facts,
        "facts": facts,
        "notifications": sum(len(one.notifications) for one in events),
        "routes": len(config.routes),
        "channels": len(config.channels),
        "people": len(config.people),
        "sources": len(config.sources),
    }


def summary(config: Config) -> str:
    """`73 event types, 16 facts, 106 notifications, 7 routes, ...`."""
    return ", ".join(
        f"{count} {what[:-1] if count == 1 and what != 'people' else what}" for what, count in counts(config).items()
    )


def _document(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    }
