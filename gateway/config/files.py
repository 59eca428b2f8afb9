"""The files of a configuration folder: which folder, which files, and their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.errors import ConfigUnreadable
from gateway.quoting import quote
from gateway.suggestions import did_you_mean

MAX_READ = 16 * 1024 * 1024
"""Bytes that are read of one file, which is more than any file may have."""
CATALOG = "catalog.yaml"
ROUTES = "routes"
SCHEMAS = "schemas"
TRANSLATIONS = "translations"
SHIPPED_TRANSLATIONS = f"shipped/{TRANSLATIONS}"
"""What those that come with the program are called beside those of the folder."""
SHIPPED_WORDS = f"{SHIPPED_TRANSLATIONS}/words"
"""The same for a folder whose catalogue has nothing of the shipped one: only their `words` count."""
LANGUAGE = b"language"
"""Stands in a file of routes that asks for a translation."""
EXTENDS = b"extends"
"""Stands in a catalogue that extends the shipped one; where it stands in a comment only, one more file is read."""
STRUCTURAL = (
    "catalog.schema.json",
    "routes.schema.json",
    "translation.schema.json",
    "condition.schema.json",
    "event.schema.json",
    "webhook.schema.json",
)
"""Schemas of the program itself: a configuration may bring data schemas, but not these."""


def shipped_folder() -> Path:
    """The example that comes with the program: in a wheel inside the package, in a checkout around it."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "example"
    return inside if inside.is_dir() else package.parent


def find_folder(explicit: Path | None) -> Path:
    """The configuration folder: *explicit*, else the current one when it is one, else the shipped example."""
    if explicit is not None:
        return explicit
    current = Path.cwd()
    return current if is_configuration(current) else shipped_folder()


def is_configuration(folder: Path) -> bool:
    return (folder / CATALOG).is_file() or (folder / ROUTES).is_dir()


@dataclass(frozen=True)
class Files:
    """The bytes of a configuration folder, read once, by the names that problems show."""

    catalog: tuple[str, bytes]
    routes: Mapping[str, bytes]
    schemas: Mapping[str, bytes]
    """By path below `schemas/`; data schemas of the folder replace shipped ones of the same path."""
    translations: Mapping[str, bytes] = field(default_factory=dict)
    """By file name. When two files translate the same text into one language, the later file wins."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Before the first of them was read."""
    shipped_catalog: bytes | None = None
    """What `extends: shipped` means; None where the catalogue does not say so."""

    @property
    def digest(self) -> str:
        """12 hex digits that change with any byte of the configuration."""
        hash = hashlib.sha256()
        shipped = [("shipped", self.shipped_catalog)] if self.shipped_catalog is not None else []
        files = [self.catalog, *shipped, *self.routes.items(), *self.schemas.items(), *self.translations.items()]
        for name, text in sorted(files):
            hash.update(f"{name}\0{len(text)}\0".encode() + text)
        return hash.hexdigest()[:12]


class DataFiles:
    """Files that the YAML names, beside the configuration: calendars and tables. Each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[str, bytes] = {}
        self.paths: set[Path] = set()
        """Every file that was asked for, whether it exists or not."""

    def read(self, name: str) -> bytes:
        """The bytes of the file *name*, whose path starts in the configuration folder. Raises: ConfigUnreadable.

        Whoever may write the YAML must not be able to read any file of the machine. A symbolic link in the folder is
        the decision of whoever can write there, so that it is followed.
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
            except (OSError, ValueError) as exc:  # ValueError: a name may hold NUL
                raise ConfigUnreadable(f"{quote(name)} cannot be read: {getattr(exc, 'strerror', exc)}") from exc
        return self._contents[name]

    def digest_with(self, digest: str) -> str:
        """*digest*, changed by what was read; the same when nothing was."""
        if not self._contents:
            return digest
        hash = hashlib.sha256(digest.encode())
        for name, text in sorted(self._contents.items()):
            hash.update(f"{name}\0{len(text)}\0".encode() + text)
        return hash.hexdigest()[:12]


def read_files(folder: Path) -> Files:
    """Raises: ConfigUnreadable."""
    if not folder.is_dir():
        raise ConfigUnreadable(f"{folder}: no such folder")
    if not is_configuration(folder):
        raise ConfigUnreadable(f"{folder}: not a configuration folder; it has neither {CATALOG} nor {ROUTES}/")
    shipped, read_at = shipped_folder(), datetime.now(UTC)
    try:
        catalog = folder / CATALOG if (folder / CATALOG).is_file() else shipped / CATALOG
        schemas = _schema_files(shipped / SCHEMAS)
        for name, path in _schema_files(folder / SCHEMAS).items():
            if name not in STRUCTURAL:
                schemas[name] = path
        # Without what is hidden: the lock and backup files of an editor are not routes, nor is a folder such as .git.
        routes = sorted(
            path
            for path in (folder / ROUTES).rglob("*")
            if path.suffix in (".yaml", ".yml")
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
        text = _read(catalog)
        texts_of_routes = {path.relative_to(folder).as_posix(): _read(path) for path in routes}
        places = {TRANSLATIONS: folder}
        if shipped != folder and (EXTENDS in text or catalog.parent != folder):
            places = {SHIPPED_TRANSLATIONS: shipped, **places}
        elif shipped != folder and any(LANGUAGE in route for route in texts_of_routes.values()):
            places = {SHIPPED_WORDS: shipped, **places}
        return Files(
            catalog=(CATALOG, text),
            routes=texts_of_routes,
            schemas={name: _read(path) for name, path in schemas.items()},
            translations=_translations(places),
            read_at=read_at,
            shipped_catalog=_read(shipped / CATALOG) if EXTENDS in text else None,
        )
    except OSError as exc:
        raise ConfigUnreadable(f"{exc.filename}: {exc.strerror}") from exc


def _translations(places: Mapping[str, Path]) -> dict[str, bytes]:
    """Those of the folders *places*, by what these are called; those of the last one win."""
    return {
        f"{name}/{path.name}": _read(path)
        for name, place in places.items()
        for path in sorted((place / TRANSLATIONS).glob("*.yaml"))
        if not path.name.startswith(".")
    }


def _schema_files(folder: Path) -> dict[str, Path]:
    paths = sorted(path for path in folder.rglob("*.json") if not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _read(path: Path) -> bytes:
    """The bytes of a file, up to a length that shows that it is too large."""
    with path.open("rb") as file:
        return file.read(MAX_READ)
