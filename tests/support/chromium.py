"""A real Chromium without a screen, on machines that have one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)


def open_page(page: Path, profile: Path, *options: str) -> tuple[str, list[str]]:
    """What Chromium prints of *page* with *options* such as `--dump-dom`, and what the page wrote to its console."""
    words = [CHROMIUM or "", *FLAGS, f"--user-data-dir={profile}", *options, page.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
