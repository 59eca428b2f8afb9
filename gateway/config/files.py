"""Finds the configuration folder and reads its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import ConfigUnreadable
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

MAX_READ = 16 * 1024 * 1024
"""How many bytes of a file are read; more than any valid file has."""
CATALOG = "catalog.yaml"
ROUTES = "routes"
SCHEMAS = "schemas"
TRANSLATIONS = "translations"
SUFFIXES = {ROUTES: (".yaml", ".yml"), SCHEMAS: (".json",), TRANSLATIONS: (".yaml",)}
"""By folder: how the names of its files end."""
SHIPPED_TRANSLATIONS = f"shipped/{TRANSLATIONS}"
"""How the shipped translations are called, to tell them from the folder's own."""
SHIPPED_WORDS = f"{SHIPPED_TRANSLATIONS}/words"
"""The same for a folder that uses nothing of the shipped catalogue: only their `words` are used."""
LANGUAGE = b"language"
"""Occurs in a file of routes that asks for a translation."""
EXTENDS = b"extends"
"""Occurs in a catalogue that extends the shipped one. If it is only in a comment, one file is read needlessly."""
STRUCTURAL = (
    "catalog.schema.json",
    "routes.schema.json",
    "translation.schema.json",
    "condition.schema.json",
    "event.schema.json",
    "webhook.schema.json",
)
"""Schemas of the program itself, which a configuration cannot replace."""


def shipped_folder() -> Path:
    """The shipped example: inside the package in a wheel, around it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "example"
    return inside if inside.is_dir() else package.parent


def find_folder(explicit: Path | None) -> Path:
    """The configuration folder: *explicit* if given, else the current folder if it is a configuration, else the shipped
    example."""
    if explicit is not None:
        return explicit
    current = Path.cwd()
    return current if is_configuration(current) else shipped_folder()


def is_configuration(folder: Path) -> bool:
    return (folder / CATALOG).is_file() or (folder / ROUTES).is_dir()


@dataclass(frozen=True)
class Files:
    """The bytes of all files of a configuration folder, read once; the keys are the names that problems show."""

    catalog: tuple[str, bytes]
    routes: Mapping[str, bytes]
    schemas: Mapping[str, bytes]
    """By path relative to `schemas/`; the folder's data schemas replace shipped ones of the same path."""
    translations: Mapping[str, bytes] = field(default_factory=dict)
    """By file name. When two files translate the same text into one language, the later file wins."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When reading began."""
    shipped_catalog: bytes | None = None
    """The shipped catalogue; None if this catalogue does not extend it."""

    @property
    def digest(self) -> str:
        """12 hex digits that change with any byte of the configuration."""
        shipped = [("shipped", self.shipped_catalog)] if self.shipped_catalog is not None else []
        files = [self.catalog, *shipped, *self.routes.items(), *self.schemas.items(), *self.translations.items()]
        return _digest(files)


class DataFiles:
    """Files that the YAML names, such as calendars and tables. Each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[str, bytes] = {}
        self.paths: set[Path] = set()
        """Every file that was asked for, whether it exists or not."""

    def read(self, name: str) -> bytes:
        """The bytes of the file *name*, a path relative to the configuration folder. Raises: ConfigUnreadable.

        The path must stay inside the folder, so that writing the YAML does not give access to every file of the
        machine. Symbolic links are followed: only somebody with access to the folder can create one.
        """
        if Path(name).is_absolute() or Path(os.path.normpath(name)).parts[:1] == ("..",):
            raise ConfigUnreadable(f"{quote(name)} is outside the configuration folder")
        path = self._folder / name
        self.paths.add(path)
        if name not in self._contents:
            try:
                if not path.is_file():
                    beside = (file.name for file in path.parent.glob(f"*{path.suffix}"))
                    hint = did_you_mean(path.name, beside)
                    message = f"no such file {quote(name)} in the configuration folder"
                    raise ConfigUnreadable(f"{message}: {hint}" if hint else message)
                content = _read(path)
                if len(content) == MAX_READ:
                    raise ConfigUnreadable(f"{quote(name)} is larger than {MAX_READ // 1024 // 1024} MiB")
                self._contents[name] = content
            except (OSError, ValueError) as exc:  # ValueError is raised for a NUL in the name
                raise ConfigUnreadable(f"{quote(name)} cannot be read: {getattr(exc, 'strerror', exc)}") from exc
        return self._contents[name]

    def digest_with(self, digest: str) -> str:
        """*digest* combined with the files that were read; unchanged if none were."""
        return _digest(self._contents.items(), digest) if self._contents else digest


def read_files(folder: Path) -> Files:
    """Raises: ConfigUnreadable."""
    if not folder.is_dir():
        raise ConfigUnreadable(f"{folder}: no such folder")
    if not is_configuration(folder):
        raise ConfigUnreadable(f"{folder}: not a configuration folder; it has neither {CATALOG} nor {ROUTES}/")
    shipped, read_at = shipped_folder(), datetime.now(UTC)
    try:
        catalog = folder / CATALOG if (folder / CATALOG).is_file() else shipped / CATALOG
        own = files_in(folder, SCHEMAS)
        schemas = files_in(shipped, SCHEMAS) | {name: path for name, path in own.items() if name not in STRUCTURAL}
        text = _read(catalog)
        texts_of_routes = {f"{ROUTES}/{name}": _read(path) for name, path in files_in(folder, ROUTES).items()}
        # The shipped translations are those of the shipped catalogue. A folder with a catalogue of its own gets their
        # words, if it asks for a language; the folder's own files come last, since later ones win.
        places = {TRANSLATIONS: folder}
        if shipped != folder and (EXTENDS in text or catalog.parent != folder):
            places = {SHIPPED_TRANSLATIONS: shipped, **places}
        elif shipped != folder and any(LANGUAGE in route for route in texts_of_routes.values()):
            places = {SHIPPED_WORDS: shipped, **places}
        return Files(
            catalog=(CATALOG, text),
            routes=texts_of_routes,
            schemas={name: _read(path) for name, path in schemas.items()},
            translations={
                f"{prefix}/{name}": _read(path)
                for prefix, place in places.items()
                for name, path in files_in(place, TRANSLATIONS).items()
            },
            read_at=read_at,
            shipped_catalog=_read(shipped / CATALOG) if EXTENDS in text else None,
        )
    except OSError as exc:
        raise ConfigUnreadable(f"{exc.filename}: {exc.strerror}") from exc


def files_in(configuration: Path, folder: str) -> dict[str, Path]:
    """The files in *folder* of a configuration, by their paths below it; those of translations are not in folders.

    Hidden files are skipped: an editor's lock and backup files are not routes, nor is a folder such as .git.
    """
    paths: list[Path] = []
    for place, folders, names in os.walk(configuration / folder):
        folders[:] = [name for name in folders if not name.startswith(".") and folder != TRANSLATIONS]
        paths += [Path(place) / name for name in names if not name.startswith(".") and name.endswith(SUFFIXES[folder])]
    return {path.relative_to(configuration / folder).as_posix(): path for path in sorted(paths)}


def _digest(files: Iterable[tuple[str, bytes]], before: str = "") -> str:
    """12 hex digits that change with any byte of *files*, which are names and contents, and with those *before*."""
    hash = hashlib.sha256(before.encode())
    for name, text in sorted(files):
        hash.update(f"{name}\0{len(text)}\0".encode() + text)
    return hash.hexdigest()[:12]


def _read(path: Path) -> bytes:
    """The bytes of a file, up to a length that is certain to be rejected."""
    with path.open("rb") as file:
        return file.read(MAX_READ)
