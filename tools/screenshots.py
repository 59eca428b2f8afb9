"""Writes the pictures of README.md: `make clients` first, for the renderer of Adaptive Cards; needs chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOTIFICATION = "sla.breached.any"
PICTURES = {"mail": (1040, 706), "teams": (1040, 386), "slack": (1040, 442)}
"""By kind of service: width and height."""
STYLE = """<style>
.bar, h2, h3, figcaption, .envelope, .push, #nothing { display: none !important; }
main { padding: 8px 16px; max-width: none; }
article.row { padding: 0 !important; border: 0 !important; }
.screen { margin-top: 0; }
.screens { flex-wrap: nowrap; justify-content: center; }
:root { color-scheme: light; --page: #ffffff; }
</style>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = [sys.executable, "-m", "gateway", "preview", NOTIFICATION, "--html", name]
        packages = ROOT / "tests/clients/node_modules"
        subprocess.run([*program, "--adaptive-cards", str(packages)], check=True, cwd=ROOT)
        for kind, (width, height) in PICTURES.items():
            page = folder / f"{kind}.html"
            page.write_text(page.read_text("utf-8").replace("</head>", f"{STYLE}</head>"), "utf-8")
            browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
            browser += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
            browser += ["--hide-scrollbars", f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}"]
            picture = ROOT / f"docs/images/{kind}.png"
            browser += ["--virtual-time-budget=3000", f"--screenshot={picture}", page.as_uri()]
            subprocess.run(browser, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
