"""Prometheus and its tool, where Debian's package `prometheus` is installed."""

from __future__ import annotations

import shutil

PROMTOOL = shutil.which("promtool")
PROMETHEUS = shutil.which("prometheus")
