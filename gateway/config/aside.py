"""Loads a large configuration in a process of its own.

A thread that builds 10,000 routes competes for the interpreter's lock the whole time, and every posted event waits for
it several times: this raised p99 from 16 to 400 ms. So another process reads, checks and builds. It sends the
configuration in thousands of small parts, each of which refers to parts sent before it. A large map is sent empty, and
filled in pieces. All this is read a few parts at a time, with pauses in between. The replaced configuration is freed in
the same way.
"""

from __future__ import annotations

import gc
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
from typing import Any, BinaryIO, NamedTuple

from gateway.config.files import DataFiles, read_files
from gateway.config.load import build_from
from gateway.config.places.services import Services
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Catalog, Config, Place, Problem, Source
from gateway.schedules.windows import expand_calendars

WORK_S = 0.001
"""How long parts are read without a pause; an event that arrives meanwhile waits this long, once or twice."""
MAX_ENTRIES = 500
"""How many entries of a map are read at once. A map of 20,000 targets takes 11 ms, and no other thread runs meanwhile.
"""
PAUSE_S = 0.004
PARTS_BETWEEN_PAUSES = 500
"""How many parts are between two of the parts that pause when the unpickler is freed; see `Pause`."""
RELEASE_AT_ONCE = 10
"""How many parts of an old configuration are freed between two pauses."""
TIMEOUT_S = 300.0
NICENESS = 10
"""Niceness 19 is no kinder while there is CPU to spare, and on a machine without any a load would take minutes."""
PROGRAM = f"""
import os, sys
os.nice({NICENESS})
try:
    with open("/proc/self/autogroup", "w") as niceness_of_session:
        niceness_of_session.write("{NICENESS}")
except OSError:
    pass  # not every kernel groups processes by session
sys.path[:] = sys.argv[1:]
from {__name__} import main
main()
"""
"""Has low priority from its first import on, so that it does not slow down the processes that take events.

It runs in a session of its own. Linux may divide the CPU between sessions first, and between the processes of each
session only then (sched(7), autogroups). In this process's session, the loading would use up the share of the web
server, however nice it is.

It imports from where this process does. Otherwise a module in the current folder would come first (`python -c`).
"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a configuration is built from."""

    folder: Path
    environ: Mapping[str, str]
    services: Services | None
    extra_sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, or the problems that keep it from being built."""

    config: Config | None
    problems: tuple[Problem, ...]
    named_files: frozenset[Path]
    """Files that the YAML names, such as secrets and tables, whether they exist or not."""


class Entries(NamedTuple):
    """Some of the entries of a large map."""

    map: dict[Any, Any]
    """The map to which they belong, which was sent before them."""
    entries: dict[Any, Any]


class Pause:
    """A part to which only the unpickler refers, so that it is freed with the unpickler and lets other threads run.

    The unpickler refers to everything that it has read. For 10,000 routes it takes 30 ms to free, in which no other
    thread would run.
    """

    def __del__(self) -> None:
        time.sleep(0.001)


def load_here(inputs: Inputs) -> Loaded:
    """Loads the configuration in this thread."""
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
    """Expands the years that decisions need in the next days. A calendar that cannot be expanded fails where it is
    used."""
    with suppress(Exception):
        expand_calendars(config.schedules.values(), datetime.now(UTC))


def load_aside(inputs: Inputs) -> bytes:
    """Loads the configuration in another process; pass the stream to `take`.

    Raises: whatever error kept the other process from loading it.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *sys.path],
        input=pickle.dumps(inputs),
        stdout=subprocess.PIPE,
        timeout=TIMEOUT_S,
        check=True,
        start_new_session=True,
    )
    return done.stdout


def take(stream: bytes) -> Loaded:
    """Reads what `load_aside` sent, in small parts, so that other threads are hardly delayed."""
    unpickler = pickle.Unpickler(io.BytesIO(stream))  # noqa: S301 - it comes from our own child
    began = time.perf_counter()
    while not isinstance(part := unpickler.load(), Loaded):
        if isinstance(part, Entries):
            part.map.update(part.entries)
        if time.perf_counter() - began > WORK_S:
            time.sleep(PAUSE_S)
            began = time.perf_counter()
    return part


def parts_of(whole: Config | Catalog) -> Iterator[object]:
    """The parts of *whole*, each route, person and so on before the map or tuple that contains it.

    Texts in maps are left out: they take less time than a part does.
    """
    for field in fields(whole):
        value = getattr(whole, field.name)
        if isinstance(value, Catalog):
            yield from parts_of(value)
        elif isinstance(value, Mapping):
            yield from (entry for entry in value.values() if not isinstance(entry, str))
        elif isinstance(value, tuple):
            yield from value
        yield value


def release_slowly(parts: list[object]) -> None:
    """Empties *parts*, which nothing else refers to. Freeing 10,000 routes at once would block for 100 ms."""
    while parts:
        del parts[-RELEASE_AT_ONCE:]
        time.sleep(0.001)


def main() -> None:
    """The other process: reads Inputs from standard input, writes the parts of a configuration and Loaded to standard
    output."""
    gc.disable()  # nearly everything built here is used until the end
    inputs: Inputs = pickle.load(sys.stdin.buffer)  # noqa: S301 - it comes from our parent
    send(load_here(inputs), sys.stdout.buffer)


def send(loaded: Loaded, stream: BinaryIO) -> None:
    """Writes what `take` reads."""
    pickler = pickle.Pickler(stream, protocol=5)  # one pickler: later parts refer to earlier ones
    for number, part in enumerate(parts_of(loaded.config) if loaded.config else ()):
        if number % PARTS_BETWEEN_PAUSES == 0:
            pickler.dump(Pause())
        if not isinstance(part, dict) or len(part) <= MAX_ENTRIES:
            pickler.dump(part)
            continue
        entries = list(part.items())
        part.clear()
        pickler.dump(part)  # empty; later parts refer to it
        part.update(entries)
        for start in range(0, len(entries), MAX_ENTRIES):
            pickler.dump(Entries(part, dict(entries[start : start + MAX_ENTRIES])))
    pickler.dump(loaded)
