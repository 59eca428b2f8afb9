"""How a person at this prompt calls the program, so that a command that we suggest works as printed."""

from __future__ import annotations

import os
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
        return os.path.relpath(script)
    return f"{os.path.relpath(sys.executable)} -m gateway"
