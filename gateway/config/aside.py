"""Loading a large configuration in a process of its own.

A thread that builds 10,000 routes asks for the interpreter's lock all the time, and whoever posts an event meanwhile
waits for it again and again: measured, a p99 of 400 ms instead of 16. So another process reads, checks and builds; what
it sends is taken in small pieces with pauses between them, and what it replaces is let go of in the same way.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gateway.config.files import DataFiles, read_files
from gateway.config.load import build_from
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Config, Place, Problem, Source

PAUSE_S = 0.015
"""After each piece: a frame of pickle, 64 KiB, takes 5 ms."""
RELEASE_AT_ONCE = 50
"""Routes, people, ... of an old configuration that are let go of between two pauses."""
TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a configuration is built from."""

    folder: Path
    environ: Mapping[str, str]
    services: Services | None
    extra_sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, or what is wrong with it."""

    config: Config | None
    problems: tuple[Problem, ...]
    named_files: frozenset[Path]
    """Files that the YAML names, secrets and tables: those that were read or looked for."""


def load_here(inputs: Inputs) -> Loaded:
    """Loads in this thread."""
    secrets, data_files = SecretStore(inputs.environ, inputs.folder), DataFiles(inputs.folder)
    config: Config | None = None
    problems: tuple[Problem, ...] = ()
    try:
        files = read_files(inputs.folder)
        config = build_from(files, secrets, inputs.services, inputs.extra_sources, data_files)
    except ConfigInvalid as exc:
        problems = exc.problems
    except ConfigUnreadable as exc:
        problems = (Problem(Place(str(inputs.folder)), "", str(exc)),)
    return Loaded(config, problems, frozenset(secrets.files | data_files.paths))


def load_aside(inputs: Inputs) -> Loaded:
    """Loads in another process, so that this one is hardly disturbed.

    Raises: whatever kept the other process from doing it.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        input=pickle.dumps(inputs),
        stdout=subprocess.PIPE,
        timeout=TIMEOUT_S,
        check=True,
    )
    loaded: Loaded = pickle.Unpickler(_PausingFile(done.stdout)).load()  # noqa: S301 - it comes from our own child
    return loaded


class _PausingFile(io.BytesIO):
    """Pauses before each piece that is read from it: the interpreter's lock is free meanwhile."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(PAUSE_S)
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        time.sleep(PAUSE_S)
        return super().readinto(buffer)


def release_slowly(config: Config, delay_s: float) -> None:
    """Lets go of *config*, which is replaced, little by little; freed at once, 10,000 routes take 100 ms.

    Whoever still works with it, or keeps something derived from it, has *delay_s* to let go of it as well.
    """
    parts = list(_parts(config))
    del config
    time.sleep(delay_s)
    while parts:
        del parts[-RELEASE_AT_ONCE:]
        time.sleep(0.001)


def _parts(config: Config) -> Iterator[object]:
    """Apart from `release_slowly`, whose variables would keep the last map alive with all that it holds."""
    for field in fields(config):
        value = getattr(config, field.name)
        if isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, tuple):
            yield from value


def main() -> None:
    """The other process: Inputs on standard input, Loaded on standard output."""
    os.nice(10)  # who takes events comes first
    inputs: Inputs = pickle.load(sys.stdin.buffer)  # noqa: S301 - it comes from our parent
    loaded = load_here(inputs)
    sys.stdout.buffer.write(pickle.dumps(loaded, protocol=5))
