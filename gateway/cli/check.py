"""`gateway check`: checks a configuration folder and prints its problems."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.cli.exit_codes import REFUSED, UNUSABLE
from gateway.cli.options import Invocation, format_option, pass_invocation, settings_options
from gateway.cli.table import show_json
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import has_errors, is_builtin
from gateway.numbers import counted

if TYPE_CHECKING:
    from gateway.model import Config, Problem


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--shipped", is_flag=True, help="Check the shipped example.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@settings_options("config")
@format_option
@pass_invocation
def check(invocation: Invocation, folder: Path | None, shipped: bool, strict: bool, format: str) -> None:
    """Check a configuration folder: catalog.yaml, routes/*.yaml, schemas/.

    FOLDER defaults to the current folder. Every problem is printed at once, as FILE:LINE:COLUMN PATH: MESSAGE.
    The secrets that the YAML names must be set, as for the gateway itself. A warning marks something that can be
    used, but is probably a mistake. Exits 0 when there is no error, 1 when there are errors (with --strict also for
    warnings), 2 when the folder cannot be read.

    \b
    gateway check
    gateway check ./noc --format json
    gateway check --shipped
    """
    from gateway.config.load import load
    from gateway.config.schedules.coverage import check_coverage
    from gateway.intake.examples import check_examples
    from gateway.sending.services import AppriseServices

    try:
        checked = _chosen_folder(folder or invocation.settings.config_folder, shipped=shipped)
        config = load(checked, invocation.environ, AppriseServices())
        now = datetime.now(UTC)
        warnings = (*config.warnings, *check_coverage(config, now), *check_examples(config, checked, now))
    except ConfigUnreadable as exc:
        if format == "json":
            show_json({"ok": False, "error": str(exc), "problems": []})
            sys.exit(UNUSABLE)
        raise
    except ConfigInvalid as exc:
        _refuse(exc.problems, checked, format)
    # Such a warning is an example of a mapping that does not give the events it expects.
    if has_errors(warnings):
        _refuse(warnings, checked, format)
    if format == "json":
        document = {"ok": not (strict and warnings), "folder": str(checked), "digest": config.digest}
        problems = [_document(warning) for warning in warnings]
        show_json({**document, "counts": counts(config), "problems": problems})
    elif warnings:
        show_problems(warnings, checked)
        click.echo(f"{checked}: no errors ({summary(config)})")
    else:
        click.echo(f"{checked}: no problems ({summary(config)})")
    if strict and warnings:
        sys.exit(REFUSED)


def _refuse(problems: tuple[Problem, ...], folder: Path, format: str) -> NoReturn:
    if format == "json":
        show_json({"ok": False, "folder": str(folder), "problems": [_document(problem) for problem in problems]})
    else:
        show_problems(problems, folder)
    sys.exit(REFUSED)


def _document(problem: Problem) -> dict[str, Any]:
    return {
        "level": problem.level,
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    }


def _chosen_folder(folder: Path | None, *, shipped: bool) -> Path:
    """The folder to check. Raises: ConfigUnreadable if none is named and the current folder is not a configuration."""
    from gateway.config.files import is_configuration, shipped_folder

    if shipped:
        return shipped_folder()
    chosen = (folder or Path.cwd()).resolve()
    if folder is None and not is_configuration(chosen):
        raise ConfigUnreadable(
            f"{chosen} is not a configuration folder: it has neither catalog.yaml nor routes/. Name the folder"
            " (`gateway check FOLDER`), or check the shipped example with --shipped."
        )
    return chosen


def show_problems(problems: tuple[Problem, ...], folder: Path) -> None:
    """Prints *problems* and their number to standard error."""
    for problem in problems:
        click.echo(str(problem), err=True)
    errors = sum(problem.is_error for problem in problems)
    counts = ((errors, "problem"), (len(problems) - errors, "warning"))
    click.echo(f"{' and '.join(counted(*count) for count in counts if count[0])} in {folder}.", err=True)


def counts(config: Config) -> dict[str, int]:
    """How many of each the files declare; the built-in ones are not counted."""
    event_types = [event_type for event_type in config.catalog.events.values() if not is_builtin(event_type.name)]
    facts = sum(event_type.is_fact for event_type in event_types)
    return {
        "event types": len(event_types) - facts,
        "facts": facts,
        "notifications": sum(len(event_type.notifications) for event_type in event_types),
        "routes": len(config.routes),
        "channels": len(config.channels),
        "people": len(config.people),
        "sources": len(config.sources),
    }


def summary(config: Config) -> str:
    """`73 event types, 16 facts, 106 notifications, 7 routes, ...`."""
    singular = {"people": "person"}
    return ", ".join(
        counted(count, singular.get(name, name.removesuffix("s")), name) for name, count in counts(config).items()
    )
