"""Copies of the gateway with one protection taken out: what the controls run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from tests.support.gateways import ROOT


@dataclass(frozen=True)
class Weakness:
    """A line of the gateway that protects, and what stands there instead."""

    file: str
    protects: str
    instead: str


NO_FENCE = Weakness("store/lua/record_results.lua", "held[1] == result.token and held[2] == 'sending'", "held[1]")
"""The late result of a worker that has lost its lease counts."""
NO_JITTER = Weakness("retry.py", "JITTER = 0.2", "JITTER = 0.0")
"""What failed together is tried again together."""
NO_MEMORY_LIMIT = Weakness("store/admission.py", "if self.overload is not None:", "if False:")
"""Intake never refuses before the server does."""
NO_LOOK_AT_STATE = Weakness("store/lua/replay.lua", "if held[1] == 'dead' then", "if held[1] then")
"""A replay sends again what has been replayed."""
NO_LOOK_AT_LEASE = Weakness("store/lua/reap.lua", "'-inf', now, 'BYSCORE'", "'-inf', '+inf', 'BYSCORE'")
"""A dispatcher takes back what other processes are sending."""


def weakened(folder: Path, weakness: Weakness) -> Path:
    """A folder in *folder* to run `python -m gateway` in. Raises: ValueError: the protection is not there."""
    root = folder / "weakened"
    # With its byte code, so that no process compiles all modules again; what is being written there has a longer name.
    shutil.copytree(ROOT / "gateway", root / "gateway", ignore=shutil.ignore_patterns("*.pyc.*"))
    for shipped in ("catalog.yaml", "routes", "schemas"):
        (root / shipped).symlink_to(ROOT / shipped)
    file = root / "gateway" / weakness.file
    source = file.read_text()
    if source.count(weakness.protects) != 1:
        raise ValueError(f"{weakness.file} does not hold {weakness.protects!r} once")
    file.write_text(source.replace(weakness.protects, weakness.instead))
    Path(cache_from_source(str(file))).unlink(missing_ok=True)
    return root
