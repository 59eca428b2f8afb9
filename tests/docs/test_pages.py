"""What the pages show is true: configurations are right, commands run and print what stands there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.group import COMMANDS, main
from gateway.settings import Settings
from tests.support.gateways import Gateway
from tests.support.pages import PAGES, ROOT, Block, Configuration, blocks, commands, configurations, prints

SHELL_WORDS = re.compile(
    r"^(?:(?:[A-Z_]+=\S+ )*gateway (?P<command>[a-z]+)|make (?P<target>[a-z-]+)|export [A-Z_]+=)", re.MULTILINE
)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_every_yaml_block_is_a_file_of_a_configuration(block: Block) -> None:
    assert block.hint("file"), f"{block}: say which file it is: <!-- file: routes/x.yaml -->"


@pytest.mark.parametrize("one", configurations(), ids=lambda one: one.name)
def test_every_configuration_passes_the_check(one: Configuration, tmp_path: Path) -> None:
    for name, text in one.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    # In this process, since each of its own would import Apprise's plugins again.
    done = CliRunner().invoke(main, ["check", str(tmp_path)], env=one.environ)

    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    one = Gateway(tmp_path_factory.mktemp("docs") / "data").start()
    yield one
    assert one.stop() == 0


@pytest.mark.parametrize("block", [one for one in blocks("console") if not one.hint("tutorial")], ids=str)
def test_every_command_prints_what_the_page_shows(block: Block, gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(gateway.data)
    (tmp_path / "gateway").write_text(f'#!/bin/sh\nexec {gateway.python} -m gateway "$@"\n')
    (tmp_path / "gateway").chmod(0o755)
    environ = {**gateway.environ, "PATH": f"{tmp_path}:{gateway.environ['PATH']}"}
    for command, shown in commands(block):
        done = subprocess.run(
            ["/bin/sh", "-c", command.replace("http://127.0.0.1:8080", gateway.url)],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert prints(done.stdout, shown), f"{command} prints:\n{done.stdout}"


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_a_shell_block_names_commands_that_there_are(block: Block) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in block.text.splitlines():
        match = SHELL_WORDS.match(line)
        assert match, f"{block}: {line}"
        assert match["command"] in (None, *COMMANDS)
        assert match["target"] in (None, *targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(("mark", "for_clients"), [("settings", False), ("client settings", True)])
def test_the_tables_of_settings_are_those_of_the_program(mark: str, for_clients: bool) -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    shown = page.partition(f"<!-- {mark} -->\n")[2].partition("\n\n")[0]

    assert shown == settings_table(for_clients=for_clients)


def settings_table(*, for_clients: bool) -> str:
    """The settings as docs/operations.md shows them."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    rows += [
        f"| `{setting.metadata['variable']}` | {_written(setting.default)} | {setting.metadata['help']} |"
        for setting in fields(Settings)
        if setting.metadata["for_clients"] is for_clients
    ]
    return "\n".join(rows)


def _written(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
            if seconds % length == 0 and seconds >= 2 * length:
                return f"`{seconds // length}{unit}`"
        return f"`{seconds}s`"
    return f"`{value}`"


def test_every_command_stands_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`{name}`" not in text] == []
