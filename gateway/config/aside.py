"""Loading a large configuration in a process of its own.

A thread that builds 10,000 routes asks for the interpreter's lock all the time, and whoever posts an event meanwhile
waits for it again and again: measured, a p99 of 400 ms instead of 16. So another process reads, checks and builds. It
sends a configuration in thousands of small parts, each of which refers to those before it; they are taken a few at a
time, with pauses, and the configuration that is replaced is let go of in the same way.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from gateway.config.files import DataFiles, read_files
from gateway.config.load import build_from
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Catalog, Config, Place, Problem, Source
from gateway.schedules.windows import expand_calendars

WORK_S = 0.001
"""How long parts are taken without a pause: an event that comes meanwhile waits as long, once or twice.

The largest part is a map of all people or targets; one with 10,000 entries takes 8 ms.
"""
PAUSE_S = 0.004
RELEASE_AT_ONCE = 10
"""Routes, people, ... of an old configuration that are let go of between two pauses."""
TIMEOUT_S = 300.0
NICENESS = 19
PROGRAM = f"import os; os.nice({NICENESS}); from {__name__} import main; main()"
"""Who takes events comes first, also while this program imports what it needs."""


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
        expand_ahead(config)
    except ConfigInvalid as exc:
        problems = exc.problems
    except ConfigUnreadable as exc:
        problems = (Problem(Place(str(inputs.folder)), "", str(exc)),)
    return Loaded(config, problems, frozenset(secrets.files | data_files.paths))


def expand_ahead(config: Config) -> None:
    """Expands the years that decisions of the next days ask for; a calendar that fails fails whoever asks it."""
    with suppress(Exception):
        expand_calendars(config.schedules.values(), datetime.now(UTC))


def load_aside(inputs: Inputs) -> bytes:
    """Loads in another process; `take` makes a `Loaded` of what comes back.

    Raises: whatever kept the other process from doing it.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=pickle.dumps(inputs),
        stdout=subprocess.PIPE,
        timeout=TIMEOUT_S,
        check=True,
    )
    return done.stdout


def take(stream: bytes) -> Loaded:
    """What `load_aside` sent, taken in small parts so that the other threads are hardly disturbed."""
    unpickler = pickle.Unpickler(io.BytesIO(stream))  # noqa: S301 - it comes from our own child
    began = time.perf_counter()
    while not isinstance(part := unpickler.load(), Loaded):
        if time.perf_counter() - began > WORK_S:
            time.sleep(PAUSE_S)
            began = time.perf_counter()
    return part


def parts_of(whole: Config | Catalog) -> Iterator[object]:
    """Each route, person, ... of *whole*, and after those of one kind the map or tuple that holds them."""
    for field in fields(whole):
        value = getattr(whole, field.name)
        if isinstance(value, Catalog):
            yield from parts_of(value)
        elif isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, tuple):
            yield from value
        yield value


def release_slowly(parts: list[object]) -> None:
    """Empties *parts*, those of a configuration that nothing else holds; freed at once, 10,000 routes take 100 ms."""
    while parts:
        del parts[-RELEASE_AT_ONCE:]
        time.sleep(0.001)


def main() -> None:
    """The other process: Inputs on standard input, the parts of a configuration and Loaded on standard output."""
    inputs: Inputs = pickle.load(sys.stdin.buffer)  # noqa: S301 - it comes from our parent
    loaded = load_here(inputs)
    pickler = pickle.Pickler(sys.stdout.buffer, protocol=5)  # what it writes refers to what it wrote before
    for part in parts_of(loaded.config) if loaded.config else ():
        pickler.dump(part)
    pickler.dump(loaded)
