"""How a person at this prompt calls the program, so that a command that we suggest works as printed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def program_name() -> str:
    """`gateway` where the shell finds this very program; else its path, or `PYTHON -m gateway`."""
    script = Path(sys.executable).with_name("gateway")
    on_path = shutil.which("gateway")
    if on_path and script.exists() and Path(on_path).samefile(script):
        return "gateway"
    if script.exists():
        return _shown(script)
    return f"{_shown(Path(sys.executable))} -m gateway"


def _shown(path: Path) -> str:
    """*path* for a shell, relative where it lies below the current folder."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
