"""Runs pytest in an environment of its own, whose dependencies are resolved in a way that the caller chooses."""

from __future__ import annotations

import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_tests(name: str, install: Sequence[str], tests: Sequence[str]) -> int:
    """The exit code of pytest over *tests*, in the new environment `.venv-<name>`.

    *install* are the arguments that `uv pip install` gets besides the interpreter.
    """
    folder = ROOT / f".venv-{name}"
    python = folder / "bin" / "python"
    venv.create(folder, clear=True, with_pip=True)
    run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "uv")
    uv = (folder / "bin" / "uv", "pip")
    run(*uv, "install", "--quiet", "--python", python, *install)
    run(*uv, "list", "--python", python)
    pytest = (python, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile")
    return subprocess.run([*pytest, *tests], cwd=ROOT, check=False).returncode


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)
