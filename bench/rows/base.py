"""What all rows share: figures, a server of their own, a gateway's runtime in this process."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gateway.embedded import EmbeddedServer
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings

ROUTES = {
    "sources": {"bench": {"tokens": [{"env": "GATEWAY_TOKEN"}], "events": ["*"]}},
    "channels": {"bench-1": {"service": "log"}},
    "routes": [{"name": "bench", "notify": ["ticket.status_changed.any"], "to": ["bench-1"]}],
}
LIST_IN_FILE = 5_000
"""Entries of a long list that one file has."""
ENVIRON = {"GATEWAY_TOKEN": "bench-token", "GATEWAY_IDLE": "idle-token"}


@dataclass(frozen=True)
class Figure:
    """One figure of a row."""

    what: str
    value: float
    unit: str

    @property
    def text(self) -> str:
        return f"{self.value:,.0f} {self.unit}" if self.value >= 100 else f"{self.value:.3g} {self.unit}"


@contextmanager
def server(durability: str = "always") -> Iterator[EmbeddedServer]:
    """A server as `gateway up` starts it, with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        embedded = EmbeddedServer(Path(folder), durability)
        process = subprocess.Popen(embedded.command(), env=embedded.environ())
        try:
            while embedded.state() != "ready":
                time.sleep(0.02)
            yield embedded
        finally:
            process.terminate()
            process.wait()


@contextmanager
def runtime(
    url: str, routes: Mapping[str, object] = ROUTES, catalog: str | None = None, **settings: object
) -> Iterator[Runtime]:
    """A runtime in this process, over the server at *url*."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        config = write_config(Path(folder) / "config", routes, catalog)
        chosen = Settings(config_folder=config, data_folder=Path(folder), redis_url=url, **settings)  # type: ignore[arg-type]
        opened = open_runtime(chosen, ENVIRON)
        try:
            yield opened
        finally:
            opened.close()


def write_config(folder: Path, routes: Mapping[str, object], catalog: str | None = None) -> Path:
    (folder / "routes").mkdir(parents=True)
    for key, value in routes.items():  # in several files, since a large one is refused; JSON is YAML
        parts = (
            [value[start : start + LIST_IN_FILE] for start in range(0, len(value), LIST_IN_FILE)]
            if isinstance(value, list)
            else [value]
        )
        for number, part in enumerate(parts):
            (folder / "routes" / f"{key}{number or ''}.yaml").write_text(json.dumps({key: part}))
    if catalog is not None:
        (folder / "catalog.yaml").write_text(catalog)
    return folder


def cost_us(work: Callable[[int], object], times: int) -> float:
    """Median wall time of one call of *work* with its number, in microseconds."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1e6
