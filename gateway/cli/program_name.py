"""How the user called this program, so that the commands that it suggests work as printed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def program_name() -> str:
    """`gateway` if the shell would find this very program, otherwise its path or `PYTHON -m gateway`."""
    script = Path(sys.executable).with_name("gateway")
    on_path = shutil.which("gateway")
    if on_path and script.exists() and Path(on_path).samefile(script):
        return "gateway"
    if script.exists():
        return _shown(script)
    return _shown(Path(sys.executable)) + " -m gateway"


def _shown(path: Path) -> str:
    """*path* quoted for a shell; relative if it is below the current folder."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
