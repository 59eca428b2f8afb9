"""`gateway schema`: the JSON Schemas of the YAML files, for editors."""

from __future__ import annotations

from pathlib import Path

import click

NAMES = ("routes", "catalog", "condition")
"""The last schema belongs to no file of its own; the other two refer to it."""
FIRST_LINES = {
    "routes/*.yaml": "# yaml-language-server: $schema=../schemas/routes.schema.json",
    "catalog.yaml": "# yaml-language-server: $schema=schemas/catalog.schema.json",
}


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--print", "name", type=click.Choice(NAMES), help="Print this schema and write nothing.")
def schema(folder: Path, name: str | None) -> None:
    """Write the JSON Schemas of the YAML files into FOLDER/schemas/, where an editor finds them.

    An editor with a YAML language server then completes keys and marks mistakes while you type. Run it again
    after an update of the gateway. FOLDER defaults to the current folder.

    \b
    gateway schema
    gateway schema ./noc
    gateway schema --print routes > routes.schema.json
    """
    from gateway.config.files import SCHEMAS, shipped_folder

    shipped = {name: shipped_folder() / SCHEMAS / f"{name}.schema.json" for name in NAMES}
    if name is not None:
        click.echo(shipped[name].read_text("utf-8"), nl=False)
        return
    schemas = folder / SCHEMAS
    schemas.mkdir(parents=True, exist_ok=True)
    for path in shipped.values():
        (schemas / path.name).write_bytes(path.read_bytes())
    click.echo(f"Wrote {', '.join(path.name for path in shipped.values())} into {schemas}.\n")
    for files, line in FIRST_LINES.items():
        click.echo(f"First line of {files + ':':<15} {line}")
