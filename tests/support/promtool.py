"""Prometheus and promtool, on machines with Debian's package `prometheus`."""

from __future__ import annotations

import shutil

PROMTOOL = shutil.which("promtool")
PROMETHEUS = shutil.which("prometheus")
