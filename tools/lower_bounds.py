"""`make lower-bounds`: the tests, with the oldest version of every dependency that pyproject.toml allows."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv-lower-bounds"


def main() -> int:
    python = FOLDER / "bin" / "python"
    venv.create(FOLDER, clear=True, with_pip=True)
    run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "uv")
    run(FOLDER / "bin" / "uv", "pip", "install", "--quiet", "--python", python, "--resolution", "lowest-direct",
        "--editable", ".", "--group", "dev")  # fmt: skip
    run(FOLDER / "bin" / "uv", "pip", "list", "--python", python)
    return subprocess.run([python, "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False).returncode


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
