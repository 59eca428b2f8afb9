"""A large configuration is loaded by another process, which runs the same code."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.aside import Inputs, load_aside, load_here, take
from tests.support.gateways import small_config


def test_code_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("gateway", "yaml", "pickle"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('the wrong code')", "utf-8")
    inputs = Inputs(small_config(tmp_path), {}, None, {})
    expected = load_here(inputs).config
    monkeypatch.chdir(tmp_path)
    config = take(load_aside(inputs)).config
    assert config is not None
    assert expected is not None
    assert config.digest == expected.digest
