"""The steps in their order: find, read, schema, meaning, build - collecting every problem on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.config.build import build, build_catalog
from gateway.config.builtin import check_names, with_builtin
from gateway.config.catalog.check import check_catalog
from gateway.config.catalog.check_schemas import read_schemas
from gateway.config.directory.check import check_people, check_timezone
from gateway.config.places.check import check_places
from gateway.config.places.services import Services
from gateway.config.routes.check import check_routes
from gateway.config.secrets import SecretStore
from gateway.config.sections import collect
from gateway.errors import ConfigInvalid, ConfigUnreadable
from gateway.model import Catalog, Config, Place, Problem, Source
from gateway.validation.explain import explanations
from gateway.validation.validator import Schemas
from gateway.yaml.document import LIMITS, Document, Limits, read

MAX_FILES = 64
MAX_READ = 16 * 1024 * 1024
"""Bytes of one file: more than any may have."""
CATALOG = "catalog.yaml"
ROUTES = "routes"
CATALOG_LIMITS = Limits(4 * LIMITS.most_bytes, 4 * LIMITS.most_nodes, "take out event types that nobody posts")
"""The catalogue is one file, and 5,000 notifications must have room in it."""
SCHEMAS = "schemas"
STRUCTURAL = ("catalog.schema.json", "routes.schema.json", "condition.schema.json", "event.schema.json")
"""Schemas of the program itself: a configuration may bring data schemas, not these."""


def shipped_folder() -> Path:
    """The example that comes with the program: in a wheel inside the package, in a checkout around it."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "example"
    return inside if inside.is_dir() else package.parent


def find_folder(explicit: Path | None) -> Path:
    """The configuration folder: *explicit*, else the current one when it is one, else the shipped example."""
    if explicit is not None:
        return explicit
    here = Path.cwd()
    return here if is_configuration(here) else shipped_folder()


@dataclass(frozen=True)
class Files:
    """The bytes of a configuration folder, read once, by the name that problems give them."""

    catalog: tuple[str, bytes]
    routes: Mapping[str, bytes]
    schemas: Mapping[str, bytes]
    """By path below `schemas/`; data schemas of the folder before the shipped ones."""

    @property
    def digest(self) -> str:
        """12 hex digits that change with any byte of the configuration."""
        hash = hashlib.sha256()
        for name, text in sorted([self.catalog, *self.routes.items(), *self.schemas.items()]):
            hash.update(f"{name}\0{len(text)}\0".encode() + text)
        return hash.hexdigest()[:12]


def read_files(folder: Path) -> Files:
    """Raises: ConfigUnreadable."""
    if not folder.is_dir():
        raise ConfigUnreadable(f"{folder}: no such folder")
    if not is_configuration(folder):
        raise ConfigUnreadable(f"{folder}: neither {CATALOG} nor {ROUTES}/ is here: this is no configuration folder")
    shipped = shipped_folder()
    try:
        catalog = folder / CATALOG if (folder / CATALOG).is_file() else shipped / CATALOG
        own = {name: path for name, path in _schema_files(folder / SCHEMAS).items() if name not in STRUCTURAL}
        schemas = {**_schema_files(shipped / SCHEMAS), **own}
        return Files(
            catalog=(CATALOG, _read(catalog)),
            routes={f"{ROUTES}/{path.name}": _read(path) for path in _route_files(folder / ROUTES)},
            schemas={name: _read(path) for name, path in schemas.items()},
        )
    except OSError as exc:
        raise ConfigUnreadable(f"{exc.filename}: {exc.strerror}") from exc


def is_configuration(folder: Path) -> bool:
    return (folder / CATALOG).is_file() or (folder / ROUTES).is_dir()


def _route_files(folder: Path) -> list[Path]:
    """Without hidden ones: an editor's lock and backup files are no routes."""
    return sorted(one for one in folder.glob("*") if one.suffix in (".yaml", ".yml") and not one.name.startswith("."))


def _schema_files(folder: Path) -> dict[str, Path]:
    found = sorted(one for one in folder.rglob("*.json") if not one.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path for path in found}


def _read(path: Path) -> bytes:
    """The bytes of a file, no more of it than what shows that it is too large."""
    with path.open("rb") as file:
        return file.read(MAX_READ)


def load(
    folder: Path,
    environ: Mapping[str, str],
    services: Services | None = None,
    extra_sources: Mapping[str, Source] | None = None,
) -> Config:
    """The configuration in *folder*. *services* lets addresses be checked as well.

    Raises: ConfigUnreadable; ConfigInvalid with every problem of every file.
    """
    return build_from(read_files(folder), SecretStore(environ, folder), services, extra_sources or {})


def build_from(
    files: Files, secrets: SecretStore, services: Services | None, extra_sources: Mapping[str, Source]
) -> Config:
    """Raises: ConfigInvalid."""
    known, broken, problems = read_schemas(files.schemas)
    schemas = Schemas({name: one for name, one in known.items() if name not in broken})
    documents, unread = _documents(files, problems)
    valid: list[Document] = []
    invalid: list[Document] = []
    for document in documents:
        found = list(_against_schema(document, schemas))
        problems += found
        (invalid if found else valid).append(document)
    catalog = _catalog(next((one for one in valid if one.file == CATALOG), None), schemas, broken, problems)
    sections, twice = collect(
        (one for one in valid if one.file != CATALOG),
        [*(one for one in invalid if one.file != CATALOG), *(None for file in unread if file != CATALOG)],
    )
    problems += twice
    problems += check_places(sections, secrets, services)
    problems += check_people(sections, secrets)
    problems += check_routes(sections, catalog)
    problems += check_timezone(sections.timezone)
    if problems or catalog is None:
        raise ConfigInvalid(sorted(set(problems)))
    return build(catalog, sections, secrets, files.digest, extra_sources, services)


def _catalog(document: Document | None, schemas: Schemas, broken: set[str], problems: list[Problem]) -> Catalog | None:
    """The catalogue that *document* says, as far as routes can be checked against it; adds to *problems*."""
    if document is None:
        return None
    found, unusable = check_catalog(document, schemas, broken)
    problems += found
    problems += check_names(document)
    try:
        catalog = build_catalog(document, schemas.documents)
    except ValueError:  # a condition or a duration that is one of the problems
        if not found:
            raise
        return None
    events = {name: replace(one, schema={}) if name in unusable else one for name, one in catalog.events.items()}
    return with_builtin(replace(catalog, events=events))


def _documents(files: Files, problems: list[Problem]) -> tuple[list[Document], list[str]]:
    """(what could be read to its end without a slip, names of the files that could not)."""
    if len(files.routes) > MAX_FILES:
        problems.append(
            Problem(Place(f"{ROUTES}/"), "", f"more than {MAX_FILES} files", "put several routes in a file")
        )
    found, unread = [], [*list(files.routes)[MAX_FILES:]]
    for name, text in [files.catalog, *list(files.routes.items())[:MAX_FILES]]:
        document, wrong = read(text, name, CATALOG_LIMITS if name == CATALOG else LIMITS)
        problems += wrong
        if document is None or wrong:
            unread.append(name)
        else:
            found.append(document)
    return found, unread


def _against_schema(document: Document, schemas: Schemas) -> Iterable[Problem]:
    """What is wrong with the form of *document*: one problem for each defect."""
    name = "catalog.schema.json" if document.file == CATALOG else "routes.schema.json"
    if document.value is None and document.file != CATALOG:
        return  # an empty file says nothing
    validator = schemas.validator({"$ref": name}, f"check-{name}")
    for path, message, hint, is_key in explanations(validator.errors(document.value)):
        yield document.problem(path, message, hint, key=is_key)
