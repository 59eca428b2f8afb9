"""The wheel holds all that an installed gateway needs: the shipped catalogue, routes and schemas."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.gateways import ROOT, environ_without_gateway


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel would put beside the libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_an_installed_gateway_checks_the_shipped_example(unpacked: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gateway", "check", "--shipped"],
        cwd=tmp_path,
        env={**environ_without_gateway(), "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{unpacked}{os.sep}gateway{os.sep}example: no problems")


def test_the_wheel_says_what_it_is(unpacked: Path) -> None:
    info = next(unpacked.glob("*.dist-info"))

    assert "gateway = gateway.cli:main" in (info / "entry_points.txt").read_text()
    assert (info / "licenses" / "LICENSE").exists()
    assert not (unpacked / "tests").exists()
    assert {path.name for path in unpacked.glob("gateway/store/lua/*")} == {
        path.name for path in (ROOT / "gateway" / "store" / "lua").iterdir()
    }
