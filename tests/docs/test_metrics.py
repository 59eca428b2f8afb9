"""The page of operations lists the metrics that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUFFIXES = ("_bucket", "_count", "_sum")


def shown() -> set[str]:
    """The names of all metrics, as the code has them; counters with their suffix."""
    source = (ROOT / "gateway" / "metrics.py").read_text("utf-8")
    counters = set(re.findall(r'": \("(gateway_\w+)"', source))
    return {f"{name}_total" if name in counters else name for name in re.findall(r'"(gateway_\w+)"', source)}


def test_the_page_lists_every_metric() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("<!-- metrics -->")[2]
    rows = [line.split("|")[1] for line in page.strip().partition("\n\n")[0].splitlines()]
    assert {name for row in rows for name in re.findall(r"`(gateway_\w+)`", row)} == shown()
