"""The command group: every command explains itself, a slip gets a hint, errors are exit codes."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.group import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])

    assert done.exit_code == 0
    assert "Usage:" in done.output
    assert f"gateway {name}" in done.output


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("serve", "worker", "dispatch")])
def test_the_help_shows_examples_that_parse(name: str) -> None:
    command = importlib.import_module(f"gateway.cli.{COMMANDS[name][0]}")
    lines = re.findall(rf"^ *gateway {name}((?: \S+)*)", getattr(command, name).help, re.MULTILINE)

    assert lines
    assert isinstance(getattr(command, name), click.Command)


def test_a_slip_in_a_command_gets_a_hint() -> None:
    done = CliRunner().invoke(main, ["chek"])

    assert done.exit_code == 2
    assert "There is no command 'chek'. Did you mean 'check'?" in done.output


def test_the_overview_imports_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("gateway.cli.")]:
        if name.rpartition(".")[2] in {module for module, _ in COMMANDS.values()}:
            monkeypatch.delitem(sys.modules, name)

    done = CliRunner().invoke(main, ["--help"])

    assert all(name in done.output for name in COMMANDS)
    assert "gateway.cli.up" not in sys.modules


def test_a_setting_that_cannot_be_used_is_named() -> None:
    done = CliRunner().invoke(main, ["inbox"], env={"GATEWAY_WORKERS": "many"})

    assert done.exit_code == 2
    assert "GATEWAY_WORKERS='many': expected a whole number from 1 to 256" in done.output


def test_check_prints_every_problem_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "a.yaml").write_text(
        "channels: {noc: {service: inbox}}\nroutes:\n"
        "  - {name: one, notify: [ticket.created.any], to: [nocc]}\n"
        "  - {name: two, notify: [ticket.creatd.any], to: [noc]}\n"
    )

    done = CliRunner().invoke(main, ["check", str(tmp_path)])

    assert done.exit_code == 1
    assert "routes/a.yaml:3:" in done.output
    assert "did you mean 'noc'?" in done.output
    assert "routes/a.yaml:4:" in done.output
    assert f"2 problems in {tmp_path}." in done.output


def test_check_of_a_folder_that_is_not_there_exits_2(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["check", str(tmp_path / "nowhere")])

    assert done.exit_code == 2
    assert "nowhere: no such folder" in done.output


def test_the_shipped_configuration_is_fine() -> None:
    done = CliRunner().invoke(main, ["check"])

    assert done.exit_code == 0
    assert "no problems (73 event types, 19 facts, 109 notifications" in done.output


def test_the_gateway_that_does_not_run_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ngw_x_y")

    done = CliRunner().invoke(
        main, ["events"], env={"GATEWAY_DATA": str(tmp_path), "GATEWAY_URL": "http://127.0.0.1:9"}
    )

    assert done.exit_code == 2
    assert "Is `gateway up` running?" in done.output


def test_no_token_is_exit_code_2(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["events"], env={"GATEWAY_DATA": str(tmp_path), "GATEWAY_TOKEN": ""})

    assert done.exit_code == 2
    assert "no token" in done.output
